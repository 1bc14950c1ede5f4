"""One layer of ``torch.nn.GRU`` over sequences in which episodes end: a step of it is two or three kernels on a GPU."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear


def unroll_gru_layer(
    x: torch.Tensor, ended: torch.Tensor, hidden: torch.Tensor, weights: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run a layer, zeroing the hidden state after each step that ended an episode.

    Inputs need one product for all steps, and so do the gradients of the weights.

    Args:
        x: Inputs [T, N, D].
        ended: Where an episode ended with that step [T, N] bool.
        hidden: The hidden state before the first step [N, H].
        weights: Of inputs [3H, D] and hidden state [3H, H], and the biases of each [3H]; rows: reset, update, new.

    Returns:
        The outputs [T, N, H] and the hidden state after the last step [N, H].
    """
    input_weight, *others = weights
    outputs = _Recurrence.apply(linear(x, input_weight), ended, hidden, *others)
    assert isinstance(outputs, torch.Tensor)
    return outputs, outputs[-1].masked_fill(ended[-1, :, None], 0.0)


class _Recurrence(torch.autograd.Function):
    """What follows the inputs' product [T, N, 3H]: the outputs [T, N, H]."""

    @staticmethod
    def forward(
        ctx: Any,
        products: torch.Tensor,
        ended: torch.Tensor,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        input_bias: torch.Tensor,
        bias: torch.Tensor,
    ) -> torch.Tensor:
        first, outputs, kept = hidden, [], []
        for product, mask in zip(products.unbind(0), ended.unsqueeze(-1).unbind(0), strict=True):
            output, memo = cell(product, hidden @ weight.T, hidden, input_bias, bias)
            hidden = output.masked_fill(mask, 0.0)
            outputs.append(output)
            kept.append(memo)
        stacked = torch.stack(outputs)
        ctx.save_for_backward(ended, first, weight, stacked, *kept)
        return stacked

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        ended, first, weight, outputs, *kept = ctx.saved_tensors
        goes_on = (~ended).to(outputs.dtype).unsqueeze(-1)
        of_hidden = torch.zeros_like(first)
        of_products, of_sums = [], []
        backwards = (reversed(each) for each in (grads[0].unbind(0), goes_on.unbind(0), kept))
        for of_output, on, memo in zip(*backwards, strict=True):
            of_product, of_sum, direct = cell_backward(torch.addcmul(of_output, of_hidden, on), memo)
            of_hidden = torch.addmm(direct, of_sum, weight)
            of_products.append(of_product)
            of_sums.append(of_sum)
        of_products, of_sums = (torch.stack(each[::-1]) for each in (of_products, of_sums))
        hidden = torch.cat((first[None], outputs[:-1].masked_fill(ended[:-1, :, None], 0.0)))
        of_weight = of_sums.flatten(0, 1).T @ hidden.flatten(0, 1)
        return of_products, None, of_hidden, of_weight, of_products.sum(dim=(0, 1)), of_sums.sum(dim=(0, 1))


def cell(
    product: torch.Tensor, sums: torch.Tensor, hidden: torch.Tensor, input_bias: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Do a step of a GRU after its matrix products.

    Args:
        product: Of the input with its weights [N, 3H]: reset, update, new.
        sums: Of the hidden state with its weights [N, 3H].
        hidden: The hidden state [N, H].
        input_bias: To be added to `product` [3H].
        bias: To be added to `sums` [3H].

    Returns:
        The output [N, H], and what :func:`cell_backward` needs [N, 5H].
    """
    if product.is_cuda:
        return torch.ops.aten._thnn_fused_gru_cell(product, sums, hidden, input_bias, bias)
    width = hidden.shape[-1]
    gates, new_input = (product + input_bias).split([2 * width, width], dim=-1)
    gate_sums, new_sum = (sums + bias).split([2 * width, width], dim=-1)
    gates = torch.sigmoid(gates + gate_sums)
    reset, update = gates.chunk(2, dim=-1)
    new = torch.tanh(torch.addcmul(new_input, reset, new_sum))
    return torch.lerp(new, hidden, update), torch.cat((gates, new, hidden, new_sum), dim=-1)


def cell_backward(of_output: torch.Tensor, memo: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the gradients of `product` and of `sums` [N, 3H], and of the hidden state [N, H] apart from its products.

    Args:
        of_output: Gradient of the output [N, H].
        memo: Reset, update, new, hidden state, and what the reset gate lets through [N, 5H].
    """
    if of_output.is_cuda:
        return torch.ops.aten._thnn_fused_gru_cell_backward(of_output, memo, False)[:3]
    reset, update, new, hidden, new_sum = memo.chunk(5, dim=-1)
    of_new = of_output * (1.0 - update) * (1.0 - new.square())
    of_gates = torch.cat(
        (of_new * new_sum * reset * (1.0 - reset), of_output * (hidden - new) * update * (1.0 - update)), dim=-1
    )
    of_product, of_sums = torch.cat((of_gates, of_new), dim=-1), torch.cat((of_gates, of_new * reset), dim=-1)
    return of_product, of_sums, of_output * update
