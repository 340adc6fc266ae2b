# Everything a person or CI does here, by one word; `make help` lists them.
# Each target sets up what it needs, also on a fresh machine.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Tests of one file stay in one process, in order: they share models that take seconds to make.
PARALLEL = --numprocesses auto --dist loadfile

# What a task's target runs: make kws DATASET=name DATA_DIR=folder OUT=folder SET="a.b=c d.e=f"
# RECIPE names another recipe than the task's own.
RECIPE ?=
DATASET ?=
DATA_DIR ?=
OUT ?=
SET ?=
RUN_OPTIONS = $(if $(DATASET),--dataset "$(DATASET)") $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") \
  $(if $(OUT),--out "$(OUT)") $(foreach pair,$(SET),--set '$(pair)')

# What is built for a board: make firmware TASK=kws BOARD=mps2-an386 RUN=folder SOURCE=microphone.c
TASK ?= kws
BOARD ?= mps2-an386
RUN ?= runs/$(TASK)
WAV ?=
SOURCE ?=
# ENGINE=tflm runs the model in a TFLite Micro of your own: TFLM=checkout TFLM_LIBRARY=libtensorflow-microlite.a
ENGINE ?= compiled
TFLM ?=
TFLM_LIBRARY ?=
ENGINE_OPTIONS = $(if $(filter tflm,$(ENGINE)),--tflm "$(TFLM)" --tflm-library "$(TFLM_LIBRARY)")

.PHONY: help setup kws wakeword gesture anomaly all firmware run-qemu flash check lint types test bench fuzz study compare budget \
  docs lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(STAMP)  ## make .venv with the locked packages

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make setup: $(PYTHON) is missing or older than 3.11; install Python 3.11, or say make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "make setup: $(PYTHON) has no venv module; install it: apt-get install python3-venv" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

kws: $(STAMP)  ## train, distil, quantise, check and export a keyword model
	$(BIN)/tinykd run "$(or $(RECIPE),kws)" $(RUN_OPTIONS)

# make wakeword WORD="hey computer": the phrase goes by the environment, whatever its quotes.
wakeword: $(STAMP)  ## a wake word of your own: WORD="hey computer"
	$(BIN)/tinykd run "$(or $(RECIPE),wakeword)" $(RUN_OPTIONS) \
	  $(if $(filter command,$(origin WORD)),--set "dataset.phrase=\"$$WORD\"")

gesture: $(STAMP)  ## the same for gestures of a 6-axis sensor
	$(BIN)/tinykd run "$(or $(RECIPE),gesture)" $(RUN_OPTIONS)

anomaly: $(STAMP)  ## the same for anomalies of a machine
	$(BIN)/tinykd run "$(or $(RECIPE),anomaly)" $(RUN_OPTIONS)

all: kws wakeword gesture anomaly  ## every task in turn, with the data that each brings along

study: $(STAMP)  ## compare the distillation methods over several seeds
	$(BIN)/tinykd study "$(or $(RECIPE),kws-study)" $(RUN_OPTIONS)

# Eight comparisons, under three hours on two cores; what is done is not done again. DATA is the recordings' folder.
DATA ?= $(TINYKD_DATA)
COMPARED = kws-study kws-8khz-study kws-far-study kws-transfer_set gesture-digits-study gesture-study gesture-accelerometer anomaly-fan
compare: $(STAMP)  ## measure the distillation methods on real recordings: make compare DATA=folder
	@test -n "$(DATA)" || { echo "make compare: DATA is missing; give the folder of the recordings: DATA=folder" >&2; exit 2; }
	$(BIN)/tinykd compare kws-study --data-dir "$(DATA)/kws_speech_commands" --out runs/compare/kws-study --seeds 6 --methods \
	  transfer,logits,time_axis,logits+time_axis,fitnets,attention_transfer,dkd,own_teacher,mutual,born_again
	$(BIN)/tinykd compare kws-8khz-study --data-dir "$(DATA)/kws_speech_commands" --out runs/compare/kws-8khz-study
	$(BIN)/tinykd compare kws-far-study --data-dir "$(DATA)/kws_speech_commands" --out runs/compare/kws-far-study --methods logits
	$(BIN)/tinykd compare kws-transfer_set --data-dir "$(DATA)/kws_speech_commands" --out runs/compare/kws-transfer_set --seeds 6 \
	  --methods logits,logits+time_axis
	$(BIN)/tinykd compare gesture-digits-study --data-dir "$(DATA)/gesture" --out runs/compare/gesture-digits-study --methods \
	  transfer,logits,time_axis,logits+time_axis,fitnets,attention_transfer,similarity,dkd,dist,own_teacher,mutual,born_again,inside_qat
	$(BIN)/tinykd compare gesture-study --data-dir "$(DATA)/gesture" --out runs/compare/gesture-study --methods all
	$(BIN)/tinykd compare gesture-accelerometer --data-dir "$(DATA)/gesture" --out runs/compare/gesture-accelerometer \
	  --methods logits,logits+time_axis
	$(BIN)/tinykd compare anomaly-fan --data-dir "$(DATA)/anomaly" --out runs/compare/anomaly-fan --seeds 10 --methods \
	  score,time_axis,score+time_axis,score+fitnets,score+attention_transfer,score+gram,score+similarity,layer_rates
	$(BIN)/python -m tinykd.commands.method_docs $(foreach name,$(COMPARED),$(name)=runs/compare/$(name))

budget: $(STAMP)  ## compare every run in runs/ with its limits
	$(BIN)/tinykd budget

firmware: $(STAMP)  ## build a run's program: make firmware TASK=kws BOARD=nrf52840
	$(BIN)/tinykd firmware "$(RUN)" --board "$(BOARD)" $(if $(SOURCE),--source "$(SOURCE)") $(ENGINE_OPTIONS)

run-qemu: $(STAMP)  ## stream a recording into an emulated board: make run-qemu TASK=kws WAV=file.wav
	@test -n "$(WAV)" || { echo "make run-qemu: WAV is missing; give a recording: WAV=file.wav" >&2; exit 2; }
	$(BIN)/tinykd emulate "$(RUN)" "$(WAV)" --board "$(BOARD)" $(ENGINE_OPTIONS)

flash: $(STAMP)  ## build a run's program and load it onto the board: make flash TASK=kws BOARD=nrf52840
	$(BIN)/tinykd firmware "$(RUN)" --board "$(BOARD)" $(if $(SOURCE),--source "$(SOURCE)") $(ENGINE_OPTIONS) --flash

check: lint types $(STAMP)  ## what must pass before a push: style, types, fast tests
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

lint: $(STAMP)  ## style only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# datasets/ is installed as tinykd.datasets; mypy sees that layout through a tree of links.
types: $(STAMP)  ## types only
	@rm -rf build/types && mkdir -p build/types
	@cp -rsT "$(CURDIR)/tinykd" build/types/tinykd
	@cp -rsT "$(CURDIR)/datasets" build/types/tinykd/datasets
	cd build/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml -p tinykd

test: $(STAMP)  ## every test, also the slow ones
	$(BIN)/python -m pytest $(PARALLEL)

bench: $(STAMP)  ## the promised figures: on chip, front end against librosa, distilled against plain epochs
	$(BIN)/python -m benchmarks.on_chip
	$(BIN)/python -m benchmarks.front_end
	$(BIN)/python -m benchmarks.augment
	$(BIN)/python -m benchmarks.distillation

SECONDS ?= 60
fuzz: $(STAMP)  ## any bytes into front ends, models and detection, with sanitizers: make fuzz SECONDS=600
	$(BIN)/python tests/fuzz/fuzz.py --seconds "$(SECONDS)"

docs: $(STAMP)  ## rewrite the pages that are made from the code
	$(BIN)/python -m tinykd.commands.recipe_docs
	$(BIN)/python -m tinykd.commands.method_docs

lock: $(STAMP)  ## recompute requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --no-annotate --generate-hashes \
	  --no-header --quiet --output-file requirements.lock

clean:  ## remove .venv, build, caches; runs/ stays
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
