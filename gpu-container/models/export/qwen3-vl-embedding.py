#!/usr/bin/env python3
"""Exports Qwen3-VL-Embedding (Qwen/Qwen3-VL-Embedding-2B and -8B) to ONNX.

No export that takes pictures of every size is published that we know of, so the
worker's image build, or whoever fills a deployment's model bucket, runs this once on a
machine with Python, no GPU, and memory for the weights in single precision three times
over (2B: 24 GB, 8B: 100 GB):

    pip install torch==2.13.0 transformers==5.18.0 onnx==1.23.1 onnx-ir==1.0.0 onnxscript==0.7.2 onnxruntime==1.30.0
    python gpu-container/models/export/qwen3-vl-embedding.py --size 2b --precision q8 --output models

It writes, as the catalog names them, to be put under REELSCRIBE_MODELS or in the model
bucket:

    models/qwen3-vl-embedding-2b-q8/vision.onnx, vision.onnx_data
    models/qwen3-vl-embedding-2b-q8/text.onnx, text.onnx_data
    models/qwen3-vl-embedding-2b-q8/tokenizer.json

vision.onnx looks at slices of one size. A slice is two frames, or one picture twice; the
vision tower attends within a slice only, so that slices are a batch and need no mask.
Where a patch is, and between which learned positions, follows from the grid by
arithmetic on whole numbers; the worker does it, which leaves no loop in the graph:

    pixel_values f [slices, patches, 1536], position_ids i64 [patches, 2],
    interpolation_indices i64 [patches, 4], interpolation_weights f [patches, 4]
    -> image_embeds f [slices, tokens, hidden], deepstack_embeds f [levels, slices, tokens, hidden]

text.onnx reads prompts padded at their ends. visual_rows says which row of the visual
tables goes in a token's place; 0 is no row, and row 0 of both is zeros. A gather
replaces the scatter by mask, whose shapes follow from values:

    input_ids, attention_mask, visual_rows i64 [prompts, width], position_ids i64 [3, prompts, width],
    visual_embeds f [rows, hidden], deepstack_embeds f [levels, rows, hidden]
    -> last_token f [prompts, hidden]: what the last token of each prompt knows, not normalised

fp16 keeps weights and sums in half precision, but inputs and outputs, norms and angles
in single. q8 and q4 keep the weights of matrix products in 8 or 4 bits by blocks of 32
(MatMulNBits) and sum in single; the vision tower, which is small, has 8 bits in both.
The table of token embeddings is in half precision in all of them.

The export is run on a video and a text against torch before it is kept.
"""

import argparse
import logging
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnx_ir
import onnxruntime
import torch
import torch.nn.functional as functional
from huggingface_hub import snapshot_download
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from transformers import Qwen3VLModel
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision
from transformers.vision_utils import (
    get_vision_interpolation_indices_and_weights,
    get_vision_position_ids,
)

REPOSITORIES = {"2b": "Qwen/Qwen3-VL-Embedding-2B", "8b": "Qwen/Qwen3-VL-Embedding-8B"}
OPSET = 21
BLOCK_SIZE = 32
BITS = {"fp16": {}, "q8": {"vision": 8, "text": 8}, "q4": {"vision": 8, "text": 4}}

# The largest cosine distance of a last token to torch's in single precision.
TOLERANCES = {"fp16": 1e-3, "q8": 1e-2, "q4": 1e-1}


class Vision(torch.nn.Module):
    """The vision tower for a batch of slices of one size."""

    def __init__(self, tower: torch.nn.Module):
        super().__init__()
        self.tower = tower

    def forward(
        self,
        pixel_values: torch.Tensor,
        position_ids: torch.Tensor,
        interpolation_indices: torch.Tensor,
        interpolation_weights: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        tower = self.tower
        weight = tower.patch_embed.proj.weight
        # A convolution whose stride is its kernel is a matrix product.
        hidden = functional.linear(
            pixel_values.to(weight.dtype), weight.flatten(1), tower.patch_embed.proj.bias
        )
        corners = tower.pos_embed(interpolation_indices).float()
        learned = (corners * interpolation_weights[:, :, None]).sum(1)
        hidden = hidden + learned.to(hidden.dtype)
        angles = tower.rotary_pos_emb(hidden, position_ids)

        levels = []
        for index, block in enumerate(tower.blocks):
            hidden = hidden + attend(block.attn, block.norm1(hidden), angles)
            hidden = hidden + block.mlp(block.norm2(hidden))
            if index in tower.deepstack_visual_indexes:
                level = tower.deepstack_visual_indexes.index(index)
                levels.append(merge(tower.deepstack_merger_list[level], hidden))
        return merge(tower.merger, hidden).float(), torch.stack(levels).float()


def attend(
    attention: torch.nn.Module, hidden: torch.Tensor, angles: tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """Every patch of a slice to every other of it."""
    slices, patches, width = hidden.shape
    heads = attention.qkv(hidden).reshape(slices, patches, 3, attention.num_heads, -1)
    query, key, value = heads.unbind(2)
    query, key = apply_rotary_pos_emb_vision(query, key, *angles)
    attended = functional.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
    )
    return attention.proj(attended.transpose(1, 2).reshape(slices, patches, width))


def merge(merger: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    """Squares of patches to tokens; the products stay batches, which is what gets quantised."""
    if not merger.use_postshuffle_norm:
        hidden = merger.norm(hidden)
    squares = hidden.reshape(hidden.shape[0], -1, merger.hidden_size)
    if merger.use_postshuffle_norm:
        squares = merger.norm(squares)
    return merger.linear_fc2(merger.act_fn(merger.linear_fc1(squares)))


class Text(torch.nn.Module):
    """The language model up to the last token of each prompt."""

    def __init__(self, model: torch.nn.Module):
        super().__init__()
        self.model = model
        table = model.embed_tokens.weight.detach().half()
        self.register_buffer("embeddings", table, persistent=False)
        sections = model.rotary_emb.mrope_section
        axes = torch.zeros(model.rotary_emb.inv_freq.shape[0], dtype=torch.int64)
        for axis in (1, 2):
            axes[axis : sections[axis] * 3 : 3] = axis
        # Which of time, row and column turns each pair of numbers of a head.
        self.register_buffer("axes", axes, persistent=False)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        position_ids: torch.Tensor,
        visual_rows: torch.Tensor,
        visual_embeds: torch.Tensor,
        deepstack_embeds: torch.Tensor,
    ) -> torch.Tensor:
        model = self.model
        dtype = model.norm.weight.dtype
        is_visual = (visual_rows > 0).unsqueeze(-1)
        embedded = functional.embedding(input_ids, self.embeddings).to(dtype)
        hidden = torch.where(is_visual, visual_embeds.to(dtype)[visual_rows], embedded)

        places = position_ids.float().index_select(0, self.axes).permute(1, 2, 0)
        angles = places * model.rotary_emb.inv_freq.float()
        angles = torch.cat((angles, angles), dim=-1)
        rotation = (angles.cos().to(dtype), angles.sin().to(dtype))

        # No token attends to a later one, and so none to the padding but the padding.
        width = input_ids.shape[1]
        order = torch.arange(width, device=input_ids.device)
        mask = (order[None, :] <= order[:, None])[None, None]
        for index, layer in enumerate(model.layers):
            hidden = layer(hidden, attention_mask=mask, position_embeddings=rotation)
            if index < deepstack_embeds.shape[0]:
                hidden = hidden + deepstack_embeds[index].to(dtype)[visual_rows]

        last = attention_mask.sum(1) - 1
        prompts = torch.arange(input_ids.shape[0], device=input_ids.device)
        return model.norm(hidden[prompts, last]).float()


def main() -> None:
    arguments = parse_arguments()
    folder = arguments.output / f"qwen3-vl-embedding-{arguments.size}-{arguments.precision}"
    folder.mkdir(parents=True, exist_ok=True)
    source = download(arguments.model or REPOSITORIES[arguments.size], arguments.revision)
    model = load(source, torch.float32)
    inputs = sample_inputs(model)

    with tempfile.TemporaryDirectory(dir=arguments.output) as scratch, torch.inference_mode():
        expected = last_tokens(model, inputs)
        if arguments.precision == "fp16":
            model = load(source, torch.float16)
        for name, module, feeds, dynamic in graphs(model, inputs):
            path = Path(scratch) / f"{name}.onnx"
            export(module, feeds, dynamic, path)
            bits = BITS[arguments.precision].get(name)
            if bits is not None:
                quantise(path, bits)
        seen = vision_feeds(model, inputs)
        visual_token = model.config.video_token_id
        tolerance = TOLERANCES[arguments.precision]
        verify(Path(scratch), seen, inputs, visual_token, expected, tolerance)
        for name in ("vision", "text"):
            for file in (f"{name}.onnx_data", f"{name}.onnx"):
                (Path(scratch) / file).chmod(0o644)
                (Path(scratch) / file).replace(folder / file)
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    print(f"wrote {folder}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the models")
    parser.add_argument("--size", choices=tuple(REPOSITORIES), default="2b")
    parser.add_argument("--model", help="another repository of the hub, or a folder")
    parser.add_argument("--revision", default="main", help="commit of the repository")
    parser.add_argument("--precision", choices=tuple(BITS), default="q8")
    return parser.parse_args()


def download(model: str, revision: str) -> Path:
    """The folder of a model's files."""
    if Path(model).is_dir():
        return Path(model)
    patterns = ["*.json", "*.safetensors"]
    return Path(snapshot_download(model, revision=revision, allow_patterns=patterns))


def load(source: Path, dtype: torch.dtype) -> Qwen3VLModel:
    """The model; refused where weights are missing, since random ones would agree with themselves."""
    model, info = Qwen3VLModel.from_pretrained(
        source, dtype=dtype, attn_implementation="sdpa", output_loading_info=True
    )
    if info["missing_keys"] or info["mismatched_keys"]:
        raise SystemExit(f"{source} lacks {info['missing_keys']} {info['mismatched_keys']}")
    return model.eval()


def sample_inputs(model: Qwen3VLModel) -> dict[str, torch.Tensor]:
    """A video of two slices of 4 by 6 patches with text around them, and a shorter text."""
    generator = torch.Generator().manual_seed(7)
    config = model.config
    grid = torch.tensor([[2, 4, 6]])
    tokens = int(grid[0, 1:].prod()) // config.vision_config.spatial_merge_size**2
    patch_length = model.visual.patch_embed.proj.weight[0].numel()
    text = torch.randint(min(1_000, config.text_config.vocab_size), (11,), generator=generator)
    words = text.tolist()
    pads = [config.video_token_id] * tokens
    slice_ids = [config.vision_start_token_id, *pads, config.vision_end_token_id]
    long = [*words[:4], *slice_ids, *words[4:6], *slice_ids, *words[6:]]
    short = words[:5]
    padding = [0] * (len(long) - len(short))
    inputs = {
        "video_grid_thw": grid,
        "pixel_values_videos": torch.randn(int(grid.prod()), patch_length, generator=generator),
        "input_ids": torch.tensor([long, short + padding]),
        "attention_mask": torch.tensor([[1] * len(long), [1] * len(short) + padding]),
    }
    types = (inputs["input_ids"] == config.video_token_id).int() * 2
    inputs["position_ids"], _ = model.get_rope_index(
        input_ids=inputs["input_ids"],
        mm_token_type_ids=types,
        video_grid_thw=grid,
        attention_mask=inputs["attention_mask"],
    )
    return inputs


def last_tokens(model: Qwen3VLModel, inputs: dict[str, torch.Tensor]) -> np.ndarray:
    """What the graphs are to put out, by the published code."""
    last = inputs["attention_mask"].sum(1) - 1
    hidden = model(**inputs).last_hidden_state
    return hidden[torch.arange(len(last)), last].numpy()


def graphs(model: Qwen3VLModel, inputs: dict[str, torch.Tensor]):
    """Name, module, sample inputs and varying dimensions of each graph."""
    slices, tokens, prompts, width, rows = (
        torch.export.Dim(name) for name in ("slices", "tokens", "prompts", "width", "rows")
    )
    vision = Vision(model.visual)
    yield (
        "vision",
        vision,
        vision_feeds(model, inputs),
        {
            "pixel_values": {0: slices, 1: 4 * tokens},
            "position_ids": {0: 4 * tokens},
            "interpolation_indices": {0: 4 * tokens},
            "interpolation_weights": {0: 4 * tokens},
        },
    )
    seen = vision(**vision_feeds(model, inputs))
    yield (
        "text",
        Text(model.language_model),
        text_feeds(inputs, model.config.video_token_id, *seen),
        {
            "input_ids": {0: prompts, 1: width},
            "attention_mask": {0: prompts, 1: width},
            "position_ids": {1: prompts, 2: width},
            "visual_rows": {0: prompts, 1: width},
            "visual_embeds": {0: rows},
            "deepstack_embeds": {1: rows},
        },
    )


def vision_feeds(model: Qwen3VLModel, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    grid = inputs["video_grid_thw"].clone()
    slices = int(grid[0, 0])
    grid[0, 0] = 1
    merge_size = model.config.vision_config.spatial_merge_size
    indices, weights = get_vision_interpolation_indices_and_weights(
        grid,
        num_grid_per_side=model.visual.num_grid_per_side,
        align_corners=True,
        spatial_merge_size=merge_size,
    )
    return {
        "pixel_values": inputs["pixel_values_videos"].unflatten(0, (slices, -1)),
        "position_ids": get_vision_position_ids(grid, merge_size),
        "interpolation_indices": indices,
        "interpolation_weights": weights.float(),
    }


def text_feeds(
    inputs: dict[str, torch.Tensor],
    visual_token: int,
    image_embeds: torch.Tensor,
    deepstack_embeds: torch.Tensor,
) -> dict[str, torch.Tensor]:
    is_visual = (inputs["input_ids"] == visual_token).long()
    numbered = is_visual.flatten().cumsum(0).view_as(is_visual) * is_visual
    hidden = image_embeds.shape[-1]
    return {
        "input_ids": inputs["input_ids"],
        "attention_mask": inputs["attention_mask"],
        "position_ids": inputs["position_ids"],
        "visual_rows": numbered,
        # Row 0 is nothing.
        "visual_embeds": functional.pad(image_embeds.reshape(-1, hidden), (0, 0, 1, 0)),
        "deepstack_embeds": functional.pad(deepstack_embeds.flatten(1, 2), (0, 0, 1, 0)),
    }


OUTPUTS = {"vision": ["image_embeds", "deepstack_embeds"], "text": ["last_token"]}


def export(
    module: torch.nn.Module, feeds: dict[str, torch.Tensor], dynamic: dict, path: Path
) -> None:
    """Writes a graph, its weights beside it in a file of their own."""
    program = torch.onnx.export(
        module,
        kwargs=feeds,
        input_names=list(feeds),
        output_names=OUTPUTS[path.stem],
        dynamic_shapes=dynamic,
        opset_version=OPSET,
        dynamo=True,
        optimize=True,
    )
    onnx_ir.save(program.model, path, external_data=weights_of(path).name)


def quantise(path: Path, bits: int) -> None:
    """Puts the weights of matrix products into few bits."""
    logging.getLogger(MatMulNBitsQuantizer.__module__).setLevel(logging.WARNING)
    quantizer = MatMulNBitsQuantizer(
        onnx.load(str(path)), bits=bits, block_size=BLOCK_SIZE, is_symmetric=True, accuracy_level=4
    )
    quantizer.process()
    weights_of(path).unlink()
    onnx.save_model(
        quantizer.model.model,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=weights_of(path).name,
    )


def weights_of(path: Path) -> Path:
    return path.with_name(f"{path.name}_data")


def verify(
    folder: Path,
    seen: dict[str, torch.Tensor],
    inputs: dict[str, torch.Tensor],
    visual_token: int,
    expected: np.ndarray,
    tolerance: float,
) -> None:
    """Refuses graphs that do not say what torch says of a video and of a text."""
    visuals = [torch.from_numpy(output) for output in run(folder / "vision.onnx", seen)]
    (vectors,) = run(folder / "text.onnx", text_feeds(inputs, visual_token, *visuals))
    if vectors.shape != expected.shape:
        raise SystemExit(f"the graphs put out {vectors.shape}, torch {expected.shape}")
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(expected, axis=1)
    distances = 1 - (vectors * expected).sum(axis=1) / lengths
    for name, distance in zip(("video", "text"), distances, strict=True):
        if not distance <= tolerance:
            raise SystemExit(f"{name}: off by {distance}, more than {tolerance}")
        print(f"{name}: off by {distance:.2e}")


def run(path: Path, feeds: dict[str, torch.Tensor]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {name: feed.numpy() for name, feed in feeds.items()})


if __name__ == "__main__":
    main()
