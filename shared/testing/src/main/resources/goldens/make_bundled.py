"""Makes what diffusers computes with the bundled checkpoint: bundled/ and bundled-tokenizer.json.

Usage: python make_bundled.py CHECKPOINT_FOLDER GOLDENS_FOLDER
Needs torch 2.9, diffusers 0.36, transformers 4.57, safetensors. Weights are upcast to float32, CPU,
one thread. The prompts of bundled-tokenizer.json stay; their ids are computed anew.
"""
import json
import os
import sys

import diffusers
import numpy
import tokenizers
import torch
import transformers
from safetensors.torch import save_file

GUIDANCE = 3.0
TIMESTEPS = [1, 500, 981]
SAMPLERS = {
    "ddim20": (diffusers.DDIMScheduler, {}, 20),
    "euler20": (diffusers.EulerDiscreteScheduler, {}, 20),
    "dpmpp2m_karras15": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}, 15),
}
CASES = [
    # prompt, negative prompt, seed of numpy's default_rng
    ("a photo of a red t-shirt", "", 1000),
    ("a blue dress", "", 1001),
    ("trousers", "", 1002),
    ("a picture of an ankle boot in green", "", 1003),
    ("a photo of a sneaker", "", 1004),
    ("a dark purple handbag", "", 1005),
    ("a photo of a red t-shirt", "red", 1000),
]
VERSIONS = {
    "torch": torch.__version__, "diffusers": diffusers.__version__,
    "transformers": transformers.__version__, "tokenizers": tokenizers.__version__}


def encoded(pipe, prompt):
    ids = pipe.tokenizer(
        prompt, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True,
        return_tensors="pt").input_ids
    return ids, pipe.text_encoder(ids)


@torch.no_grad()
def case(pipe, folder, prompt, negative, seed):
    ids, text = encoded(pipe, prompt)
    negative_ids, negative_text = encoded(pipe, negative)
    noise = torch.from_numpy(
        numpy.random.default_rng(seed).standard_normal((1, 4, 8, 8)).astype(numpy.float32))
    tensors = {
        "input_ids": ids.to(torch.int32),
        "negative_input_ids": negative_ids.to(torch.int32),
        "text_embeddings": text.last_hidden_state,
        "negative_text_embeddings": negative_text.last_hidden_state,
        "text_pooled": text.pooler_output,
        "initial_noise": noise,
    }
    for side, states in (("cond", text), ("uncond", negative_text)):
        for timestep in TIMESTEPS:
            tensors[f"unet_{side}_t{timestep}"] = pipe.unet(
                noise, timestep, encoder_hidden_states=states.last_hidden_state).sample
    for name, (cls, extra, steps) in SAMPLERS.items():
        pipe.scheduler = cls.from_pretrained(folder, subfolder="scheduler", **extra)
        latents = pipe(
            prompt, negative_prompt=negative, num_inference_steps=steps, guidance_scale=GUIDANCE,
            latents=noise.clone(), output_type="latent").images
        decoded = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
        image = (decoded / 2 + 0.5).clamp(0, 1)
        tensors[f"{name}.latents"] = latents
        tensors[f"{name}.decoded"] = decoded
        tensors[f"{name}.image_u8"] = (image[0].permute(1, 2, 0) * 255).round().to(torch.uint8)
        if name == "ddim20":
            pixels = image * 2 - 1
            posterior = pipe.vae.encode(pixels).latent_dist
            tensors["vae_encode.input"] = pixels
            tensors["vae_encode.mean"] = posterior.mean
            tensors["vae_encode.logvar"] = posterior.logvar
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def token_ids(folder, file):
    with open(file, encoding="utf-8") as old:
        index = json.load(old)
    tokenizer = transformers.CLIPTokenizerFast.from_pretrained(folder, subfolder="tokenizer")
    for row in index["prompts"]:
        row["ids"] = tokenizer(row["prompt"]).input_ids
    index["versions"] = {name: VERSIONS[name] for name in ("transformers", "tokenizers")}
    with open(file, "w", encoding="utf-8") as new:
        json.dump(index, new, separators=(",", ":"))


def main(folder, goldens):
    torch.set_num_threads(1)
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        folder, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    os.makedirs(f"{goldens}/bundled", exist_ok=True)
    cases = []
    for index, (prompt, negative, seed) in enumerate(CASES):
        save_file(
            case(pipe, folder, prompt, negative, seed), f"{goldens}/bundled/case{index}.safetensors")
        cases.append({"prompt": prompt, "negative_prompt": negative, "noise_seed": seed})
    meta = {"what": "made by make_bundled.py", "versions": VERSIONS, "guidance_scale": GUIDANCE,
            "cases": cases}
    with open(f"{goldens}/bundled/meta.json", "w", encoding="utf-8") as file:
        json.dump(meta, file, indent=1)
        file.write("\n")
    token_ids(folder, f"{goldens}/bundled-tokenizer.json")


main(*sys.argv[1:])
