#!/usr/bin/env python3
"""Exports the encoder of V-JEPA 2 (facebook/vjepa2-vitl-fpc64-256) to ONNX.

No export of it is published that we know of, so the worker's image build, or
whoever fills a deployment's model bucket, runs this once:

    pip install torch==2.13.0 transformers==5.18.0 onnx==1.23.1 onnxscript==0.7.2 onnxruntime==1.30.0
    python gpu-container/models/export/vjepa2.py --output models

It writes, as the catalog names them, to be put under REELSCRIBE_MODELS or in the
model bucket:

    models/vjepa2-vitl-fpc64-256-fp32/model.onnx, model.onnx_data
    models/vjepa2-vitl-fpc64-256-fp16/model.onnx, model.onnx_data   (with --precision fp16)

The graph: pixel_values_videos f32 [batch, frames, 3, 256, 256] -> last_hidden_state
f32 [batch, frames / 2 * 256, 1024]; batch and the even number of frames are free.
The predictor is left out. Half precision keeps the inputs and outputs in single.

The export is run on two clips against torch before it is kept.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.transformers import float16
from onnxruntime.transformers.onnx_model import OnnxModel
from transformers import VJEPA2Model

MODEL_ID = "vjepa2-vitl-fpc64-256"
REPOSITORY = f"facebook/{MODEL_ID}"
OPSET = 18
GRAPH_FILE = "model.onnx"
WEIGHTS_FILE = "model.onnx_data"

# To torch: in single precision the largest difference, as a part of the largest value; in
# half precision, whose single tokens may move further, the cosine distance of a clip's mean.
FP32_TOLERANCE = 1e-3
FP16_COSINE_DISTANCE = 1e-3


class Encoder(torch.nn.Module):
    """The encoder alone."""

    def __init__(self, model: VJEPA2Model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values_videos: torch.Tensor) -> torch.Tensor:
        encoded = self.model(pixel_values_videos=pixel_values_videos, skip_predictor=True)
        return encoded.last_hidden_state


def main() -> None:
    arguments = parse_arguments()
    model = VJEPA2Model.from_pretrained(
        arguments.model,
        revision=arguments.revision,
        dtype=torch.float32,
        attn_implementation="sdpa",
    ).eval()
    folder = arguments.output / f"{MODEL_ID}-{arguments.precision}"
    folder.mkdir(parents=True, exist_ok=True)

    with torch.inference_mode():
        encoder = Encoder(model)
        clips = [random_clip(model, batch=1, frames=4), random_clip(model, batch=2, frames=6)]
        expected = [encoder(clip).numpy() for clip in clips]
        with tempfile.TemporaryDirectory(dir=arguments.output) as scratch:
            graph = trace(encoder, clips[0], Path(scratch) / "traced.onnx")
            if arguments.precision == "fp16":
                graph = in_half_precision(graph, Path(scratch))
            exported = Path(scratch) / GRAPH_FILE
            save(graph, exported)
            verify(exported, clips, expected, arguments.precision)
            for name in (WEIGHTS_FILE, GRAPH_FILE):
                (Path(scratch) / name).chmod(0o644)
                (Path(scratch) / name).replace(folder / name)
    print(f"wrote {folder / GRAPH_FILE} and {folder / WEIGHTS_FILE}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the models")
    parser.add_argument("--model", default=REPOSITORY, help="repository of the hub, or a folder")
    parser.add_argument("--revision", default="main", help="commit of the repository")
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp32")
    return parser.parse_args()


def random_clip(model: VJEPA2Model, batch: int, frames: int) -> torch.Tensor:
    """Of the spread of normalised pixels."""
    side = model.config.crop_size
    generator = torch.Generator().manual_seed(frames)
    return torch.randn(batch, frames, 3, side, side, generator=generator)


def trace(encoder: Encoder, clip: torch.Tensor, path: Path) -> onnx.ModelProto:
    """The graph, for any number of clips and frames.

    The tracing exporter is used because it keeps in the graph that a token's
    position follows from the number of tokens.
    """
    torch.onnx.export(
        encoder,
        (clip,),
        str(path),
        input_names=["pixel_values_videos"],
        output_names=["last_hidden_state"],
        dynamic_axes={
            "pixel_values_videos": {0: "batch_size", 1: "num_frames"},
            "last_hidden_state": {0: "batch_size", 1: "sequence_length"},
        },
        opset_version=OPSET,
        do_constant_folding=True,
        dynamo=False,
    )
    return onnx.load(str(path))


def in_half_precision(graph: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    """The same graph in half precision, but for its inputs, its outputs and the angles of positions.

    Constants are folded first: the frequencies of the positions are a Range of
    floats, which exists in no half precision.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(scratch / "folded.onnx")
    onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    model = OnnxModel(onnx.load(options.optimized_model_filepath))
    model.convert_float_to_float16(
        keep_io_types=True,
        op_block_list=[*float16.DEFAULT_OP_BLOCK_LIST, "Sin", "Cos"],
    )
    drop_repeated_casts(model.model.graph)
    model.topological_sort()
    return model.model


def drop_repeated_casts(graph: onnx.GraphProto) -> None:
    """The conversion writes the cast of a constant once for each operator that needs it, under one name."""
    written = set()
    for node in list(graph.node):
        if node.op_type == "Cast" and node.output[0] in written:
            graph.node.remove(node)
        written.update(node.output)


def save(graph: onnx.ModelProto, path: Path) -> None:
    """Writes the graph, its weights beside it in a file of their own."""
    onnx.save_model(
        graph,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=WEIGHTS_FILE,
    )
    onnx.checker.check_model(str(path))


def verify(path: Path, clips: list[torch.Tensor], expected: list[np.ndarray], precision: str) -> None:
    """Refuses an export that does not say what torch says, for other shapes than the traced one too."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for clip, reference in zip(clips, expected, strict=True):
        (tokens,) = session.run(["last_hidden_state"], {"pixel_values_videos": clip.numpy()})
        if tokens.shape != reference.shape:
            raise SystemExit(f"the graph puts out {tokens.shape}, torch {reference.shape}")
        if precision == "fp32":
            largest = float(np.abs(tokens - reference).max())
            difference, limit = largest / float(np.abs(reference).max()), FP32_TOLERANCE
        else:
            difference, limit = cosine_distance(tokens, reference), FP16_COSINE_DISTANCE
        if not difference <= limit:
            raise SystemExit(f"{list(clip.shape)}: off by {difference}, more than {limit}")
        print(f"{list(clip.shape)}: off by {difference:.2e}")


def cosine_distance(tokens: np.ndarray, reference: np.ndarray) -> float:
    """The largest of the clips' means."""
    ours, theirs = tokens.mean(axis=1, dtype=np.float64), reference.mean(axis=1, dtype=np.float64)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float((1 - (ours * theirs).sum(axis=1) / lengths).max())


if __name__ == "__main__":
    main()
