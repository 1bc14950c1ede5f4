import pytest
import yaml

from legged_gym.config.io import class_to_dict, config_hash, dict_to_class, instantiate, load_json, load_yaml, save_yaml
from legged_gym.utils.errors import UserError


class Base:
    class env:
        num_envs = 8
        names = ["a"]

    class rewards:
        class scales:
            torques = -1e-5

    gamma = 0.5


class Derived(Base):
    class env(Base.env):
        num_envs = 4
        extra = (1.0, 2.0)

    _private = 1

    def method(self):
        return 1


def test_class_to_dict_keeps_base_order_and_overrides():
    data = class_to_dict(Derived)
    assert list(data) == ["env", "rewards", "gamma"]
    assert data == {
        "env": {"num_envs": 4, "names": ["a"], "extra": [1.0, 2.0]},
        "rewards": {"scales": {"torques": -1e-5}},
        "gamma": 0.5,
    }
    assert class_to_dict(Derived()) == data


def test_class_to_dict_refuses_what_yaml_cannot_hold():
    class Bad:
        value = {"x": object}

        class inner:
            array = bytes(2)

    with pytest.raises(UserError, match="'array' holds bytes"):
        class_to_dict(Bad)


def test_instances_share_nothing_with_their_class():
    one, two = instantiate(Derived), instantiate(Derived)
    one.env.num_envs = 1
    one.env.names.append("b")
    assert (two.env.num_envs, two.env.names) == (4, ["a"])
    assert (Derived.env.num_envs, Base.env.names) == (4, ["a"])


def test_dict_to_class_round_trip_and_unknown_names():
    data = class_to_dict(Derived)
    data["env"].update(num_envs=2, extra=[3.0, 4.0], gone=1)
    data["other"] = {}
    cfg, unknown = dict_to_class(data, Derived)
    assert (cfg.env.num_envs, cfg.env.extra, cfg.rewards.scales.torques) == (2, (3.0, 4.0), -1e-5)
    assert sorted(unknown) == ["env.gone", "other"]
    assert Derived.env.num_envs == 4


@pytest.mark.parametrize("value", [3, None, "plane", [1.0], True])
def test_a_value_in_place_of_a_section_is_told(value):
    data = class_to_dict(Derived)
    data["rewards"]["scales"] = value
    with pytest.raises(UserError, match=r"^env\.rewards\.scales = .* must be a section with torques$"):
        dict_to_class(data, Derived, "env.")


def test_hash_depends_on_values_alone():
    assert config_hash({"a": 1, "b": {"c": 2.5, "d": (1, 2)}}) == config_hash({"b": {"d": [1, 2], "c": 2.5}, "a": 1})
    assert config_hash({"a": 1}) != config_hash({"a": 2})
    # SHA-256 of '{"a":1}', from coreutils' sha256sum.
    assert config_hash({"a": 1}) == "015abd7f5cc5"


def test_yaml_round_trip(tmp_path):
    (tmp_path / "c.yaml").write_text("old")
    with (tmp_path / "c.yaml").open() as old:  # written whole, in the place of the one that was there
        save_yaml(tmp_path / "c.yaml", Derived)
        assert old.read() == "old"
    assert load_yaml(tmp_path / "c.yaml") == class_to_dict(Derived)
    assert list(yaml.safe_load((tmp_path / "c.yaml").read_text())) == ["env", "rewards", "gamma"]


@pytest.mark.parametrize(("text", "message"), [("a: [1", "not valid YAML"), ("- 1", "holds no mapping")])
def test_load_yaml_tells_what_is_wrong(tmp_path, text, message):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(UserError, match=message) as error:
        load_yaml(tmp_path / "c.yaml")
    assert "\n" not in str(error.value)


def test_load_yaml_missing_file(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        load_yaml(tmp_path / "c.yaml")


@pytest.mark.parametrize("read", [load_json, load_yaml])
def test_a_document_that_is_too_deep_is_told(tmp_path, read):
    (tmp_path / "deep").write_text("[" * 100_000)
    with pytest.raises(UserError, match="is not valid"):
        read(tmp_path / "deep")
