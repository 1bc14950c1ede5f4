import os
import xml.etree.ElementTree as ElementTree

import numpy as np

SIM_PHYSX, UP_AXIS_Z, DOF_MODE_EFFORT = 0, 1, 3
DOF_PROPERTIES = [("hasLimits", "?"), ("lower", "f4"), ("upper", "f4"), ("driveMode", "i4")] + [
    (name, "f4") for name in ("velocity", "effort", "stiffness", "damping", "friction", "armature")
]


def record(**fields):
    """A class whose fields are these, with these values, and take values of their types alone."""

    class Record:
        __slots__ = tuple(fields)

        def __init__(self, *values):
            for name, value in fields.items():
                setattr(self, name, value() if callable(value) else value)
            for name, value in zip(fields, values):
                setattr(self, name, value)

        def __setattr__(self, name, value):
            kind = type(fields[name]() if callable(fields[name]) else fields[name])
            allowed = (int, float) if kind is float else kind
            assert isinstance(value, allowed), f"{name} = {value!r} is no {kind.__name__}"
            object.__setattr__(self, name, value)

    return Record


Vec3 = record(x=0.0, y=0.0, z=0.0)
Quat = record(x=0.0, y=0.0, z=0.0, w=1.0)
Transform = record(p=Vec3, r=Quat)
PhysXParams = record(
    use_gpu=False, num_threads=0, solver_type=1, num_position_iterations=4, num_velocity_iterations=1,
    contact_offset=0.02, rest_offset=0.001, bounce_threshold_velocity=0.2, max_depenetration_velocity=100.0,
    max_gpu_contact_pairs=2**20, default_buffer_size_multiplier=2.0,
)  # fmt: skip
SimParams = record(dt=1 / 60, substeps=2, gravity=Vec3, up_axis=0, use_gpu_pipeline=False, physx=PhysXParams)
AssetOptions = record(
    default_dof_drive_mode=0, collapse_fixed_joints=False, replace_cylinder_with_capsule=False, disable_gravity=False,
    fix_base_link=False, density=1000.0, angular_damping=0.5, linear_damping=0.0, armature=0.0,
    max_angular_velocity=64.0, max_linear_velocity=1000.0, thickness=0.02,
)  # fmt: skip
PlaneParams = record(normal=Vec3, distance=0.0, static_friction=1.0, dynamic_friction=1.0, restitution=0.0)
TriangleMeshParams = record(
    nb_vertices=0, nb_triangles=0, transform=Transform, static_friction=1.0, dynamic_friction=1.0, restitution=0.0
)
RigidShapeProperties = record(friction=1.0, restitution=0.0)
RigidBodyProperties = record(mass=1.0, com=Vec3)


class Asset:
    """Joints and bodies of a URDF in the order of the importer: by the names of joints, not as they are declared."""

    def __init__(self, path):
        root = ElementTree.parse(path).getroot()
        joints = sorted((joint for joint in root.findall("joint")), key=lambda joint: joint.get("name"))
        children = {joint.find("child").get("link") for joint in joints}
        (base,) = (link.get("name") for link in root.findall("link") if link.get("name") not in children)
        self.bodies, self.joints = [], []
        self.inertials = {link.get("name"): link.find("inertial") for link in root.findall("link")}
        self._visit(base, joints)

    def _visit(self, link, joints):
        self.bodies.append(link)
        for joint in joints:
            if joint.find("parent").get("link") == link:
                if joint.get("type") != "fixed":
                    self.joints.append(joint.get("name"))
                self._visit(joint.find("child").get("link"), joints)

    def properties(self, link):
        """Mass and centre of a link alone, as its file has them; a link without any weighs nothing."""
        inertial = self.inertials[link]
        if inertial is None:
            return RigidBodyProperties(0.0)
        place = [origin.get("xyz", "0 0 0") for origin in inertial.findall("origin")] or ["0 0 0"]
        (mass,) = (float(element.get("value", "nan")) for element in inertial.findall("mass"))
        return RigidBodyProperties(mass, Vec3(*map(float, place[0].split())))


class Actor:
    def __init__(self, asset):
        self.joints = np.zeros(len(asset.joints), DOF_PROPERTIES)
        self.bodies = [asset.properties(link) for link in asset.bodies]
        self.shapes = [RigidShapeProperties(), RigidShapeProperties()]


class Gym:
    """The calls: positional arguments as they are documented, in the order that Isaac Gym insists on."""

    sims = 0

    def create_sim(self, compute_device, graphics_device, type, params):
        assert isinstance(params, SimParams) and params.substeps == 1
        Gym.sims += 1
        assert Gym.sims == 1, "a process makes one simulation"
        self.params, self.actors, self.prepared = params, [], False
        return "sim"

    def add_ground(self, sim, params):
        assert sim == "sim" and isinstance(params, PlaneParams) and params.normal.z == 1.0
        self.ground_friction = params.dynamic_friction

    def add_triangle_mesh(self, sim, vertices, triangles, params):
        assert vertices.dtype == np.float32 and vertices.shape == (3 * params.nb_vertices,)
        assert triangles.dtype == np.uint32 and triangles.shape == (3 * params.nb_triangles,)
        assert triangles.max() < params.nb_vertices
        self.ground_friction = params.dynamic_friction

    def load_asset(self, sim, rootpath, filename, options):
        assert isinstance(options, AssetOptions)
        return Asset(os.path.join(rootpath, filename))

    def get_asset_dof_names(self, asset):
        return list(asset.joints)

    def get_asset_rigid_body_names(self, asset):
        return list(asset.bodies)

    def create_env(self, sim, lower, upper, num_per_row):
        assert not self.prepared and isinstance(lower, Vec3) and isinstance(upper, Vec3)
        return len(self.actors)

    def create_actor(self, env, asset, pose, name, group, filter, segmentationId):  # noqa: N803
        assert env == len(self.actors) and isinstance(pose, Transform) and isinstance(name, str)
        assert (type(group), type(filter), type(segmentationId)) == (int, int, int)
        self.asset = asset
        self.actors.append(Actor(asset))
        return 0

    def get_actor_rigid_shape_properties(self, env, actor):
        return self.actors[env].shapes

    def set_actor_rigid_shape_properties(self, env, actor, props):
        assert all(shape.friction >= 0.0 for shape in props)
        self.actors[env].shapes = props

    def get_actor_dof_properties(self, env, actor):
        return self.actors[env].joints.copy()

    def set_actor_dof_properties(self, env, actor, props):
        assert (props["driveMode"] == DOF_MODE_EFFORT).all() and not props["stiffness"].any()
        self.actors[env].joints = props

    def get_actor_rigid_body_properties(self, env, actor):
        return self.actors[env].bodies

    def set_actor_rigid_body_properties(self, env, actor, props, recomputeInertia=False):  # noqa: N803
        assert not self.prepared, "masses are set before prepare_sim"
        self.actors[env].bodies = props

    def prepare_sim(self, sim):
        import torch

        assert not self.prepared
        self.prepared = True
        count, dofs = len(self.actors), len(self.asset.joints)
        self.roots, self.joints = torch.zeros(count, 13), torch.zeros(count * dofs, 2)
        self.contacts = torch.zeros(count * len(self.asset.bodies), 3)
        self.state = {"roots": torch.zeros(count, 13), "joints": torch.zeros(count, dofs, 2)}
        self.calls = []
        return True

    def acquire_actor_root_state_tensor(self, sim):
        return self._acquired(self.roots)

    def acquire_dof_state_tensor(self, sim):
        return self._acquired(self.joints)

    def acquire_net_contact_force_tensor(self, sim):
        return self._acquired(self.contacts)

    def _acquired(self, tensor):
        from isaacgym.gymtorch import Descriptor

        assert self.prepared
        return Descriptor(tensor)

    def set_actor_root_state_tensor_indexed(self, sim, root_states, indices, count):
        self._set("roots", root_states, indices, count)

    def set_dof_state_tensor_indexed(self, sim, dof_states, indices, count):
        self._set("joints", dof_states, indices, count)

    def _set(self, what, states, indices, count):
        assert what not in self.calls, "the second call of a step would undo the first"
        self.calls.append(what)
        rows = indices.tensor
        assert str(rows.dtype) == "torch.int32" and len(rows) == count > 0
        state = self.state[what]
        state[rows.long()] = states.tensor.view(state.shape)[rows.long()]

    def set_dof_actuation_force_tensor(self, sim, forces):
        self.forces = forces.tensor.clone()

    def simulate(self, sim):
        import torch

        roots, joints, dt = self.state["roots"], self.state["joints"], self.params.dt
        roots[:, 9] += dt * self.params.gravity.z
        roots[:, :3] += dt * roots[:, 7:10]
        joints[..., 1] += dt * self.forces
        joints[..., 0] += dt * joints[..., 1]
        self.contacts.view(len(roots), -1, 3)[:] = torch.stack((*self._masses(), self._frictions()), dim=2)
        self.calls = []

    def _masses(self):
        """Where forces along x and y are read: each body's mass, and its centre along its own y."""
        import torch

        pairs = [[(body.mass, body.com.y) for body in actor.bodies] for actor in self.actors]
        return torch.tensor(pairs).unbind(dim=2)

    def _frictions(self):
        """Where forces are read: of body i, i more than what PhysX makes of the friction of shapes and ground."""
        import torch

        pairs = [[0.5 * (a.shapes[0].friction + self.ground_friction)] for a in self.actors]
        return torch.tensor(pairs) + torch.arange(len(self.asset.bodies))

    def fetch_results(self, sim, wait_until_completed):
        assert wait_until_completed is True

    def refresh_actor_root_state_tensor(self, sim):
        self.roots.copy_(self.state["roots"])

    def refresh_dof_state_tensor(self, sim):
        self.joints.copy_(self.state["joints"].view(-1, 2))

    def refresh_net_contact_force_tensor(self, sim):
        pass


GYM = Gym()


def acquire_gym():
    return GYM
