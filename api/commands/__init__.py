"""The command line's commands, a file each. `api.cli` names them and loads the one that is called."""
