"""Makes seeds.safetensors and seeds.json: whole pictures of diffusers, from seeds.

Usage: python make_seeds.py CHECKPOINT_FOLDER OUTPUT_FOLDER
Needs torch 2.9, diffusers 0.36, transformers 4.57, safetensors. Weights are upcast to float32, CPU.
Picture i of a case has the noise of torch.Generator("cpu").manual_seed(seed + i).
"""
import json
import sys

import diffusers
import numpy
import torch
import transformers
from safetensors.numpy import save_file

SAMPLERS = {
    "ddim": (diffusers.DDIMScheduler, {}),
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "dpmpp_2m_karras": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
}
CASES = [
    # prompt, negative prompt, sampler, steps, guidance, seed, count, width, height
    ("a red sneaker", "", "ddim", 25, 3.0, 0, 4, 32, 32),
    ("a photo of a dark purple dress", "red", "ddim", 20, 7.5, 123456789, 2, 32, 32),
    ("a blue shirt", "ignored", "ddim", 15, 1.0, 7, 2, 32, 32),
    ("a picture of a bag in green", "dark", "euler", 30, 7.5, 42, 2, 32, 32),
    ("an orange ankle boot", "", "euler", 12, 3.0, 2**32 - 1, 2, 32, 32),
    ("a light pink pullover", "", "euler", 10, 1.0, 2**32 + 5, 1, 32, 32),
    ("trousers", "white", "dpmpp_2m_karras", 20, 7.5, 99, 2, 32, 32),
    ("a yellow coat", "", "dpmpp_2m_karras", 8, 3.0, 2**53 - 40, 2, 32, 32),
    ("a photo of a sandal", "", "dpmpp_2m_karras", 25, 1.0, 3, 1, 32, 32),
    ("a red and a blue bag", "", "ddim", 20, 3.0, 11, 2, 64, 32),
    ("a green running shoe", "yellow", "euler", 20, 3.0, 12, 1, 32, 64),
    ("a white top", "", "dpmpp_2m_karras", 20, 5.0, 13, 1, 48, 56),
    ("", "a bag", "ddim", 5, 2.0, 14, 1, 32, 32),
    ("unknown words, 1234! and a dress " * 12, "", "ddim", 10, 3.0, 15, 1, 32, 32),
    ("a purple coat", "", "euler", 1, 3.0, 16, 1, 32, 32),
    ("a purple coat", "", "dpmpp_2m_karras", 1, 3.0, 16, 1, 32, 32),
    ("a purple coat", "", "dpmpp_2m_karras", 2, 3.0, 16, 1, 32, 32),
    ("a purple coat", "", "ddim", 1, 3.0, 16, 1, 32, 32),
    ("a purple coat", "", "ddim", 7, 3.0, 16, 1, 32, 32),
    ("a purple coat", "", "euler", 7, 50.0, 16, 1, 32, 32),
]


def main(folder, output):
    torch.set_num_threads(1)
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        folder, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    tensors, cases = {}, []
    for index, (prompt, negative, sampler, steps, guidance, seed, count, width, height) in enumerate(CASES):
        cls, extra = SAMPLERS[sampler]
        pipe.scheduler = cls.from_pretrained(folder, subfolder="scheduler", **extra)
        generators = [torch.Generator("cpu").manual_seed(seed + i) for i in range(count)]
        pictures = pipe(
            [prompt] * count, negative_prompt=[negative] * count, num_inference_steps=steps,
            guidance_scale=guidance, width=width, height=height, generator=generators,
            output_type="np").images
        name = f"case{index}"
        tensors[name] = numpy.ascontiguousarray(numpy.round(pictures * 255).astype(numpy.uint8))
        cases.append({
            "name": name, "prompt": prompt, "negativePrompt": negative, "sampler": sampler,
            "steps": steps, "guidanceScale": guidance, "seed": seed, "count": count,
            "width": width, "height": height})
    save_file(tensors, f"{output}/seeds.safetensors")
    index = {
        "what": "pictures [count,height,width,3] of StableDiffusionPipeline; made by make_seeds.py",
        "checkpoint": "fashion-sd, upcast to float32, CPU",
        "versions": {"torch": torch.__version__, "diffusers": diffusers.__version__,
                     "transformers": transformers.__version__},
        "cases": cases}
    with open(f"{output}/seeds.json", "w", encoding="utf-8") as file:
        json.dump(index, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])
