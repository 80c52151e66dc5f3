"""The market: where leads come from, who they are, and how well each kind of them converts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from api.demo.deck import Deck
from api.demo.sources import CSV, MARKETO
from domain.events import Contact, LeadCaptured


class Channel(NamedTuple):
    """A way leads come. `pull` multiplies every chance of moving on; `bad_data` is the share nobody can be reached at."""

    name: str
    source: str
    pull: float
    bad_data: float
    hand_raise: float
    campaigns: tuple[str, ...]


class Prospect(NamedTuple):
    """What is true about a lead, whether or not the company knows it."""

    channel: Channel
    captured: LeadCaptured
    pull: float
    deal_yen: int
    reachable: bool


EXHIBITION = Channel("exhibition", CSV, 0.8, 0.06, 0.02, ("relay_expo",))

_CHANNELS = Deck(
    {
        Channel("web", MARKETO, 1.1, 0.02, 0.13, ("corporate_site", "product_pages", "price_list")): 30,
        Channel("webinar", MARKETO, 1.1, 0.02, 0.05, ("sales_relay_101", "customer_talk", "kpi_clinic")): 17,
        Channel("paid_search", MARKETO, 0.85, 0.05, 0.10, ("brand_words", "category_words")): 19,
        Channel("white_paper", MARKETO, 0.9, 0.04, 0.02, ("handoff_handbook", "sla_template")): 14,
        Channel("list_purchase", CSV, 0.35, 0.22, 0.00, ("list_manufacturing", "list_logistics")): 10,
        Channel("partner", MARKETO, 1.5, 0.02, 0.14, ("reseller_east", "reseller_west")): 6,
        Channel("referral", MARKETO, 1.9, 0.01, 0.25, ("customer_referral",)): 4,
    }
)
_PERSONAS = Deck(
    {
        ("sales_director", 1.35): 22,
        ("marketing_manager", 1.15): 26,
        ("sales_planning_lead", 1.2): 18,
        ("it_manager", 0.75): 20,
        ("business_owner", 1.0): 8,
        ("researcher", 0.25): 6,
    }
)
_INDUSTRIES = Deck(
    {
        ("software", 1.3): 24,
        ("manufacturing", 1.05): 22,
        ("business_services", 1.1): 16,
        ("logistics", 0.95): 11,
        ("retail", 0.75): 11,
        ("construction", 0.8): 9,
        ("education", 0.5): 7,
    }
)
_SIZES = Deck(
    {
        ("1-49", 0.7, 900_000): 30,
        ("50-299", 1.15, 2_400_000): 38,
        ("300-999", 1.2, 5_200_000): 20,
        ("1000+", 0.85, 14_000_000): 12,
    }
)
_REGIONS = Deck(
    {
        ("kanto", 1.1): 50,
        ("kansai", 1.0): 20,
        ("chubu", 0.95): 13,
        ("kyushu", 0.85): 9,
        ("tohoku", 0.8): 5,
        ("hokkaido", 0.8): 3,
    }
)
_SPREAD = 0.6
"""How much of the differences between kinds of leads shows at each step; they multiply along the relay."""

_FAMILY_NAMES = ("Aoba", "Minato", "Kazehaya", "Hoshino", "Tsukishiro", "Asahina", "Mizuhara", "Kurogane")
_GIVEN_NAMES = ("Haruka", "Souta", "Mei", "Ren", "Yuzuki", "Daichi", "Kaede", "Riku")
_COMPANIES = ("Niji", "Hayate", "Komorebi", "Shiosai", "Tsubame", "Akatsuki", "Yamabiko", "Sazanami", "Kazaguruma", "Tomoshibi")


def prospect(chance: Callable[[], float], at_fair: bool) -> Prospect:
    """A new lead, drawn at random."""
    channel = EXHIBITION if at_fair else _CHANNELS.draw(chance())
    persona, by_persona = _PERSONAS.draw(chance())
    industry, by_industry = _INDUSTRIES.draw(chance())
    company_size, by_size, yen = _SIZES.draw(chance())
    region, by_region = _REGIONS.draw(chance())
    campaign = channel.campaigns[int(chance() * len(channel.campaigns))]
    captured = LeadCaptured(channel.name, campaign, None, persona, industry, company_size, region, _contact(chance(), industry))
    pull = (channel.pull * by_persona * by_industry * by_size * by_region) ** _SPREAD
    return Prospect(channel, captured, pull, int(yen * (0.5 + chance())), chance() >= channel.bad_data)


def _contact(chance: float, industry: str) -> Contact:
    """A person nobody is: invented names, and a domain that can never exist (RFC 2606)."""
    number = int(chance * 640)
    family, given, company = _FAMILY_NAMES[number % 8], _GIVEN_NAMES[number // 8 % 8], _COMPANIES[number // 64]
    return Contact(f"{given} {family}", f"{given}.{family}@{company}.example".lower(), None, f"{company} {industry} (fictional)")
