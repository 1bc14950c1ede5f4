import torch


class Descriptor:
    def __init__(self, tensor):
        assert tensor.is_contiguous(), "unwrap_tensor: not contiguous"
        self.tensor = tensor


def wrap_tensor(descriptor):
    return descriptor.tensor


def unwrap_tensor(tensor):
    assert isinstance(tensor, torch.Tensor)
    return Descriptor(tensor)
