"""Loads a LoRA file with diffusers and compares what it makes of a checkpoint.

Usage: load_lora.py CHECKPOINT LORA MERGED, of which MERGED holds NETWORK.safetensors of each
network with the adapters added. Ends with an error where they differ.
"""

import sys

from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModel

checkpoint, lora, merged = sys.argv[1:]
networks = {
    "unet": UNet2DConditionModel.from_pretrained(checkpoint, subfolder="unet"),
    "text_encoder": CLIPTextModel.from_pretrained(checkpoint, subfolder="text_encoder"),
}
pipeline = StableDiffusionPipeline(
    vae=AutoencoderKL.from_pretrained(checkpoint, subfolder="vae"),
    tokenizer=None,
    scheduler=DDIMScheduler(),
    safety_checker=None,
    feature_extractor=None,
    requires_safety_checker=False,
    **networks,
)
before = {
    folder: {key: value.clone() for key, value in network.state_dict().items()}
    for folder, network in networks.items()
}
pipeline.load_lora_weights(lora)
loaded = sum(
    "lora_" in name for network in networks.values() for name, _ in network.named_parameters()
)
written = len(load_file(lora))
assert loaded == written, f"{written} tensors were written, {loaded} loaded"

pipeline.fuse_lora()
pipeline.unload_lora_weights()
for folder, network in networks.items():
    found = network.state_dict()
    moved = 0
    for key, wanted in load_file(f"{merged}/{folder}.safetensors").items():
        far = (found[key] - wanted).abs().max().item()
        assert far < 1e-4, f"{folder} {key} differs by {far}"
        moved += (before[folder][key] - wanted).abs().max().item() > 1e-2
    assert moved > 0, f"nothing of {folder} was adapted"
    print(folder, moved)
