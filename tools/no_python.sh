# Called by the Makefile where no Python 3.11 or later was found: says so, and how to get one.
echo "setup: Python 3.11 or later is missing. Install it with:" >&2
echo "  sudo apt-get install -y python3 python3-venv" >&2
exit 2
