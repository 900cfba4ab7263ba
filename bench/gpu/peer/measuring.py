"""What the peers share: they say what they measure as lines of JSON, as our sides do."""

import json
import statistics
import sys
import time

import torch
import transformers

WARM_UPS = 2


def tell(measurement: dict) -> None:
    print(json.dumps({"measurement": measurement}), flush=True)


def request() -> dict:
    return json.loads(sys.argv[1])


def versions() -> str:
    return f"torch {torch.__version__}, transformers {transformers.__version__}"


def device_and_type(asked: dict) -> tuple[str, torch.dtype]:
    if asked["device"] == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("this PyTorch sees no GPU")
    return asked["device"], torch.float16 if asked["precision"] == "fp16" else torch.float32


def median_seconds(rounds: int, device: str, work) -> float:
    for _ in range(WARM_UPS):
        work()
    seconds = []
    for _ in range(rounds):
        finish(device)
        start = time.perf_counter()
        work()
        finish(device)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def finish(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def serve(measure) -> None:
    """Runs one part, and says why where it fails."""
    try:
        with torch.inference_mode():
            tell({"measured": "versions", "side": "pytorch", "versions": versions()})
            measure(request())
    except Exception as error:  # whatever it is, the bench goes on
        print(json.dumps({"failure": f"{type(error).__name__}: {error}"}), flush=True)
