"""From a trained torch module to plain arrays: scaling and batch norms become parts of weights and biases."""

from __future__ import annotations

import torch

from kinelab.inertial.networks.channels import Floats
from kinelab.inertial.networks.modules import JointNet
from kinelab.inertial.networks.recipe import Recipe
from kinelab.inertial.networks.windows import Scale

_NORM_EPS = 1e-5  # torch's own of BatchNorm1d
Tensors = dict[str, torch.Tensor]


def folded_arrays(net: JointNet, recipe: Recipe, scale: Scale) -> dict[str, Floats]:
    """The arrays of `joint_network.shapes`, computed in double precision.

    Exact, because no layer pads: what a norm adds reaches every output alike.
    """
    given = {name: value.detach().double() for name, value in net.state_dict().items()}
    mean, sd = (torch.tensor(part).double() for part in (scale.input_mean, scale.input_sd))
    fold = _conv_arrays if recipe.kind == "conv1d" else _lstm_arrays
    found = fold(given, recipe, 1 / sd, -mean / sd)
    sd, mean = (  # of a frame's values; a stride tells several frames
        torch.tensor(part).double().repeat_interleave(recipe.stride)
        for part in (scale.output_sd, scale.output_mean)
    )
    found["out.bias"] = found["out.bias"] * sd + mean
    found["out.weight"] = found["out.weight"] * sd[:, None]
    if recipe.stride > 1:
        found |= _blended(found["out.weight"], found["out.bias"], recipe)
    return {name: value.float().numpy() for name, value in found.items()}


def _conv_arrays(given: Tensors, recipe: Recipe, gain: torch.Tensor, add: torch.Tensor) -> Tensors:
    found: Tensors = {}
    for i in range(recipe.layers):
        weight, norm = given[f"convolutions.{i}.weight"], f"norms.{i}"
        found[f"conv{i}.weight"] = weight * gain[None, :, None]
        found[f"conv{i}.bias"] = given[f"convolutions.{i}.bias"] + torch.einsum("oik,i->o", weight, add)
        gain = given[f"{norm}.weight"] / torch.sqrt(given[f"{norm}.running_var"] + _NORM_EPS)
        add = given[f"{norm}.bias"] - given[f"{norm}.running_mean"] * gain
    for name in _heads(recipe):
        weight = given[f"{name}.weight"][:, :, 0]
        found[f"{name}.weight"] = weight * gain
        found[f"{name}.bias"] = given[f"{name}.bias"] + weight @ add
        gain, add = torch.ones(len(weight)).double(), torch.zeros(len(weight)).double()
    return found


def _blended(weight: torch.Tensor, bias: torch.Tensor, recipe: Recipe) -> Tensors:
    """The output layer (V x stride, D) with the blend in it, (V x stride, D, 2), and its bias.

    Frame f of a step is a weighted mean of it and of the frames after it, some of which are the next step's.
    """
    s = recipe.stride
    mix = torch.zeros(s, 2 * s).double()
    for f in range(s):
        for k, share in enumerate(recipe.blend):
            mix[f, f + k] += share / sum(recipe.blend)
    by_frame = weight.reshape(-1, s, weight.shape[1])
    parts = [torch.einsum("fg,vgd->vfd", mix[:, i * s : (i + 1) * s], by_frame) for i in range(2)]
    bias = torch.einsum("fg,vg->vf", mix, bias.reshape(-1, s).repeat(1, 2))
    return {"out.weight": torch.stack(parts, dim=-1).flatten(0, 1), "out.bias": bias.flatten()}


def _lstm_arrays(given: Tensors, recipe: Recipe, gain: torch.Tensor, add: torch.Tensor) -> Tensors:
    found: Tensors = {}
    ways = ("", "_reverse") if recipe.bidirectional else ("",)
    for i in range(recipe.layers):
        parts: list[Tensors] = []
        for way in ways:
            weight = given[f"lstm.weight_ih_l{i}{way}"]
            bias = given[f"lstm.bias_ih_l{i}{way}"] + given[f"lstm.bias_hh_l{i}{way}"]
            if i == 0:
                weight, bias = weight * gain, bias + weight @ add
            parts.append({"input": weight, "state": given[f"lstm.weight_hh_l{i}{way}"], "bias": bias})
        found |= {f"lstm{i}.{key}": torch.stack([part[key] for part in parts]) for key in parts[0]}
    for name in _heads(recipe):
        found |= {f"{name}.{part}": given[f"{name}.{part}"] for part in ("weight", "bias")}
    return found


def _heads(recipe: Recipe) -> tuple[str, ...]:
    return ("dense", "out") if recipe.dense else ("out",)
