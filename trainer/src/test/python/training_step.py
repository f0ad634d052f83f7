"""Pictures a second of a UNet training step in PyTorch, to hold the Java trainer's against.

Usage:
    python training_step.py RECIPE.json [--batch N] [--threads T] [--steps N]
    darkroom benchmark --training RECIPE.json [--batch N] [--threads T] [--steps N]

Both read the network from the recipe (unet.network, as diffusers' UNet2DConditionModel has it), the
optimizer's options, and the tokens of a prompt, and make the same step: forward, weighted squared
error, backward, clipping by the global norm, AdamW, exponential moving average. Latents, noise and
text embeddings are drawn once; neither data nor text encoder is measured. Run one after the other
on a machine that does nothing else. Needs torch and diffusers; tensors are laid out channels last,
which is faster on CPUs.
"""

import argparse
import json
import time

import torch
from diffusers import UNet2DConditionModel

WARM_UP = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--batch", type=int, help="default: the recipe's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--contiguous", action="store_true", help="not channels last")
    arguments = parser.parse_args()
    with open(arguments.recipe, encoding="utf-8") as file:
        recipe = json.load(file)
    settings = recipe["unet"]
    options = settings["optimizer"]
    tokens = recipe["tokenizer"]["maxLength"]
    accumulation = options["accumulation"]
    batch = arguments.batch or settings["loop"]["examples"] // accumulation
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(recipe["seed"])

    network = {k: v for k, v in settings["network"].items() if not k.startswith("_")}
    layout = torch.contiguous_format if arguments.contiguous else torch.channels_last
    unet = UNet2DConditionModel(**network).to(memory_format=layout)
    parameters = list(unet.parameters())
    optimizer = torch.optim.AdamW(
        parameters,
        settings["learningRate"]["peak"],
        betas=(options["beta1"], options["beta2"]),
        eps=options["epsilon"],
        weight_decay=options["weightDecay"],
    )
    averages = [parameter.detach().clone() for parameter in parameters]

    size = network["sample_size"]
    height, width = size if isinstance(size, list) else (size, size)
    shape = (batch, network["in_channels"], height, width)
    latents = torch.randn(shape).contiguous(memory_format=layout)
    target = torch.randn(shape).contiguous(memory_format=layout)
    text = torch.randn(batch, tokens, network["cross_attention_dim"])
    timesteps = torch.randint(1000, (batch,))
    weights = torch.ones(batch)

    def step():
        optimizer.zero_grad()
        for _ in range(accumulation):
            error = (unet(latents, timesteps, text).sample - target).square()
            loss = (error.mean((1, 2, 3)) * weights).mean() / accumulation
            loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, options["clipNorm"])
        optimizer.step()
        if options["average"]:
            with torch.no_grad():
                torch._foreach_lerp_(averages, parameters, 1 - settings["averageDecay"])

    for _ in range(WARM_UP):
        step()
    processor = time.process_time()
    seconds = []
    for _ in range(arguments.steps):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    processor = time.process_time() - processor
    pictures = batch * accumulation
    print(
        f"PyTorch {torch.__version__} UNet training step,"
        f" {sum(p.numel() for p in parameters) / 1e6:.2f} M parameters, batch {batch},"
        f" {arguments.threads} threads, {tokens} tokens:"
        f" {pictures * len(seconds) / sum(seconds):.0f} pictures/s"
        f" (fastest step {pictures / min(seconds):.0f}),"
        f" {pictures * len(seconds) / processor:.0f} per second of CPU"
    )


if __name__ == "__main__":
    main()
