"""Personal data out of sight: sealed before an entry is encoded, opened for who may read it, erased with its key."""
