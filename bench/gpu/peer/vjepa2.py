"""V-JEPA 2's encoder of PyTorch and transformers: the pixels of clips to the mean token of each slice."""

import torch
from measuring import device_and_type, median_seconds, serve, tell
from transformers import VJEPA2Config, VJEPA2Model

COLOURS = 3


def measure(asked: dict) -> None:
    device, dtype = device_and_type(asked)
    config = VJEPA2Config(**asked["sizes"], attn_implementation="sdpa")
    model = VJEPA2Model(config).to(device, dtype).eval()
    side = config.crop_size
    for clips in asked["clips"]:
        frames, batch = clips["frames"], clips["batch"]
        pixels = torch.randint(0, 256, (batch, frames, COLOURS, side, side), dtype=torch.uint8)

        def encode() -> None:
            normalised = pixels.to(device).to(dtype).div_(128).sub_(1)
            encoded = model(pixel_values_videos=normalised, skip_predictor=True)
            slices = encoded.last_hidden_state.unflatten(1, (frames // 2, -1))
            slices.mean(dim=2).cpu()

        seconds = median_seconds(asked["rounds"], device, encode)
        tell(
            {
                "measured": "vjepa2",
                "side": "pytorch",
                "frames": frames,
                "batch": batch,
                "clipsPerSecond": batch / seconds,
            }
        )


serve(measure)
