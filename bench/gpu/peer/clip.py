"""CLIP's vision transformer of PyTorch and transformers: normalised pixels in memory to embeddings."""

import torch
from measuring import device_and_type, median_seconds, serve, tell
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

COLOURS = 3


def measure(asked: dict) -> None:
    device, dtype = device_and_type(asked)
    config = CLIPVisionConfig(**asked["sizes"], attn_implementation="sdpa")
    model = CLIPVisionModelWithProjection(config).to(device, dtype).eval()
    side = config.image_size
    for batch in asked["batches"]:
        pixels = torch.randint(0, 256, (batch, COLOURS, side, side), dtype=torch.uint8)

        def embed() -> None:
            normalised = pixels.to(device).to(dtype).div_(128).sub_(1)
            model(pixel_values=normalised).image_embeds.cpu()

        seconds = median_seconds(asked["rounds"], device, embed)
        tell(
            {
                "measured": "clip",
                "side": "pytorch",
                "from": "pixels",
                "batch": batch,
                "picturesPerSecond": batch / seconds,
            }
        )


serve(measure)
