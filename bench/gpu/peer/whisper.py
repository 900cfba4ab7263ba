"""Whisper of PyTorch and transformers: windows of 30 s in, so many tokens of each out."""

import json
from pathlib import Path

import numpy as np
import torch
from measuring import device_and_type, median_seconds, serve, tell
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
from transformers.generation import GenerationMixin

SAMPLE_RATE = 16_000
WINDOW_SAMPLES = 30 * SAMPLE_RATE


def measure(asked: dict) -> None:
    device, dtype = device_and_type(asked)
    folder = Path(asked["folder"])
    vocabulary = json.loads((folder / "generation_config.json").read_text())
    model = build_model(json.loads((folder / "config.json").read_text()), device, dtype)
    extract = WhisperFeatureExtractor(feature_size=model.config.num_mel_bins)
    speech = np.fromfile(asked["speechPath"], dtype=np.float32)
    prompt = [
        vocabulary["decoder_start_token_id"],
        vocabulary["lang_to_id"]["<|en|>"],
        vocabulary["task_to_id"]["transcribe"],
        vocabulary["no_timestamps_token_id"],
    ]
    for batch in asked["batches"]:
        windows = speech_windows(speech, batch)
        prompts = torch.tensor([prompt] * batch, device=device)

        def transcribe(tokens: int) -> None:
            features = extract(
                windows, sampling_rate=SAMPLE_RATE, return_tensors="pt", device=device
            ).input_features.to(device, dtype)
            # The search of all models that generate: Whisper's own adds rules on top.
            written = GenerationMixin.generate(
                model,
                features,
                decoder_input_ids=prompts,
                min_new_tokens=tokens,
                max_new_tokens=tokens,
                do_sample=False,
                num_beams=1,
                use_cache=True,
            )
            if written.cpu().shape != (batch, len(prompt) + tokens):
                raise RuntimeError(f"{tuple(written.shape)} tokens are not {tokens} of {batch} windows")

        seconds = median_seconds(asked["rounds"], device, lambda: transcribe(asked["tokens"]))
        first = median_seconds(asked["rounds"], device, lambda: transcribe(1))
        tell(
            {
                "measured": "whisper",
                "side": "pytorch",
                "shape": asked["shape"],
                "batch": batch,
                "tokens": asked["tokens"],
                "seconds": seconds,
                "secondsToFirstToken": first,
            }
        )


def build_model(config: dict, device: str, dtype: torch.dtype):
    """Of the same sizes, with weights as transformers draws them, made where they are used."""
    whisper = WhisperConfig(
        **config,
        attn_implementation="sdpa",
        pad_token_id=config["vocab_size"] - 2,
        bos_token_id=config["vocab_size"] - 1,
        eos_token_id=config["vocab_size"] - 1,
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = WhisperForConditionalGeneration(whisper)
    torch.set_default_dtype(before)
    return model.eval()


def speech_windows(samples: np.ndarray, count: int) -> list[np.ndarray]:
    """Each begun elsewhere in the speech, which is heard again and again."""
    starts = [window * len(samples) // count for window in range(count)]
    return [np.take(samples, range(at, at + WINDOW_SAMPLES), mode="wrap") for at in starts]


serve(measure)
