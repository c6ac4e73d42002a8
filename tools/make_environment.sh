#!/bin/sh
# Makes a virtual environment: make_environment.sh PYTHON FOLDER
set -eu

python=$1
folder=$2

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

command -v "$python" >/dev/null ||
    fail "there is no Python interpreter \`$python\`" \
        'install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3'
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "\`$python\` is $("$python" --version 2>&1), and 3.11 is the oldest that serves" \
        'name a newer one: make PYTHON=/path/to/python3'
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "\`$python\` cannot make virtual environments" \
        'install its venv module (Debian, Ubuntu: apt-get install python3-venv)'

"$python" -m venv --clear "$folder"
# Dependency groups came with pip 25.1.
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
