// A policy and its robot, in this browser alone: physics by MuJoCo, the policy by ONNX Runtime, both as WebAssembly.
import * as THREE from "three";
import loadMujoco from "./vendor/mujoco.js";
import * as ort from "./vendor/ort.wasm.min.mjs";

const KEYS = { w: [0, 1], s: [0, -1], a: [1, 1], d: [1, -1], q: [2, 1], e: [2, -1] };
const STEP = 0.1;
const REACH = 2; // m: farther than any policy looks
const told = document.getElementById("told");
const read = async (name, as) => (await fetch(name))[as]();

async function load() {
  ort.env.wasm.numThreads = 1; // more need headers that a plain host of files does not send
  ort.env.wasm.wasmPaths = new URL("./vendor/", location.href).href;
  const [world, xml, policy, heights, bodies] = await Promise.all([
    read("world.json", "json"), read("world.xml", "text"), read("policy.onnx", "arrayBuffer"),
    read("heights.bin", "arrayBuffer"), read("bodies.json", "json"),
  ]);
  const [mujoco, session] = await Promise.all([loadMujoco(), ort.InferenceSession.create(policy)]);
  mujoco.FS.writeFile("/world.xml", xml);
  const model = mujoco.MjModel.from_xml_path("/world.xml");
  return { mujoco, session, model, data: new mujoco.MjData(model), world, heights: new Float32Array(heights), bodies };
}

// -- the robot and its policy ----------------------------------------------------------------------------------------
class Robot {
  constructor(parts) {
    Object.assign(this, parts);
    this.falls = 0;
    this.time = 0;
    this.reset();
  }

  reset() {
    const { mujoco, model, data, world } = this;
    mujoco.mj_resetData(model, data);
    data.qpos.set([...world.start, 1, 0, 0, 0, ...world.default_dof_pos]);
    data.ctrl.set(world.default_dof_pos);
    mujoco.mj_forward(model, data);
    this.state = new Float32Array(world.state_size);
  }

  readings(command) {
    const { qpos, qvel, xmat } = this.data;
    const rotation = xmat.slice(9 * this.world.base, 9 * this.world.base + 9);
    const { rows, cols, origin, heights } = this.mapAround(qpos[0], qpos[1]);
    const { resolution } = this.world.map;
    const joints = this.world.default_dof_pos.length;
    return {
      gyro: [[3], qvel.slice(3, 6)],
      gravity: [[3], [-rotation[6], -rotation[7], -rotation[8]]],
      command: [[3], command],
      dof_pos: [[joints], qpos.slice(7, 7 + joints)],
      dof_vel: [[joints], qvel.slice(6, 6 + joints)],
      height_map: [[rows, cols], heights],
      map_origin: [[2], origin],
      map_resolution: [[1], [resolution]],
      base_pos: [[3], qpos.slice(0, 3)],
      base_quat: [[4], [qpos[4], qpos[5], qpos[6], qpos[3]]],
      state_in: [[this.state.length], this.state],
    };
  }

  // The part of the map that a policy can look at: all of it would be copied in every step.
  mapAround(x, y) {
    const { rows, cols, origin, resolution } = this.world.map;
    const reach = Math.ceil(REACH / resolution);
    const window = (at, start, count) => {
      const size = Math.min(2 * reach + 1, count);
      return [Math.min(Math.max(Math.round((at - start) / resolution) - reach, 0), count - size), size];
    };
    const [first, height] = window(x, origin[0], rows), [left, width] = window(y, origin[1], cols);
    const heights = new Float32Array(height * width);
    for (let i = 0; i < height; i++) {
      const begin = (first + i) * cols + left;
      heights.set(this.heights.subarray(begin, begin + width), i * width);
    }
    const corner = [origin[0] + first * resolution, origin[1] + left * resolution];
    return { rows: height, cols: width, origin: corner, heights };
  }

  async step(command) {
    const { mujoco, model, data, world } = this;
    const all = this.readings(command);
    const feeds = Object.fromEntries(
      world.inputs.map((name) => [name, new ort.Tensor("float32", Float32Array.from(all[name][1]), all[name][0])]),
    );
    const outputs = await this.session.run(feeds);
    this.state = Float32Array.from(outputs.state_out.data);
    data.ctrl.set(outputs.joint_targets.data);
    for (let substep = 0; substep < world.decimation; substep++) mujoco.mj_step(model, data);
    mujoco.mj_kinematics(model, data); // a step leaves the bodies one substep behind
    this.time += world.control_dt;
    const up = data.xmat[9 * world.base + 8];
    const [x, y] = data.qpos;
    const outside = world.map.rows > 2 && (Math.abs(x) > world.half[0] || Math.abs(y) > world.half[1]);
    if (up < 0.3 || outside || !Number.isFinite(x)) {
      this.falls += outside ? 0 : 1;
      this.reset();
    }
  }
}

// -- what is drawn ---------------------------------------------------------------------------------------------------
class Stage {
  constructor(robot) {
    this.robot = robot;
    this.renderer = new THREE.WebGLRenderer({ antialias: true });
    this.renderer.shadowMap.enabled = true;
    document.body.append(this.renderer.domElement);
    this.scene = new THREE.Scene();
    this.scene.background = new THREE.Color(0xa9c4e4);
    this.scene.fog = new THREE.Fog(0xa9c4e4, 8, 26);
    this.camera = new THREE.PerspectiveCamera(45, 1, 0.05, 60);
    this.camera.up.set(0, 0, 1);
    this.view = { azimuth: -2.2, elevation: 0.38, distance: 2.6 };
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x887766, 1.6));
    this.sun = new THREE.DirectionalLight(0xffffff, 2.2);
    this.sun.castShadow = true;
    Object.assign(this.sun.shadow.camera, { left: -2, right: 2, top: 2, bottom: -2, far: 12 });
    this.scene.add(this.sun, this.sun.target, this.ground());
    this.bodies = robot.bodies.map((body) => this.body(body));
    this.scene.add(...this.bodies);
    this.aim = new THREE.Vector3(...robot.world.start);
    this.listen();
  }

  ground() {
    const { rows, cols, origin, resolution } = this.robot.world.map;
    const count = 4 * (rows - 1) * (cols - 1);
    const points = new Float32Array(3 * count), colours = new Float32Array(3 * count);
    const index = new Uint32Array((count / 4) * 6);
    let vertex = 0, corner = 0;
    for (let i = 0; i < rows - 1; i++)
      for (let j = 0; j < cols - 1; j++) {
        const x = origin[0] + i * resolution, y = origin[1] + j * resolution;
        const shade = (Math.floor(x + 1e-6) + Math.floor(y + 1e-6)) % 2 === 0 ? 0.6 : 0.54;
        index.set([vertex, vertex + 2, vertex + 3, vertex, vertex + 3, vertex + 1], corner);
        corner += 6;
        for (const [di, dj] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
          const z = this.robot.heights[(i + di) * cols + j + dj];
          points.set([x + di * resolution, y + dj * resolution, z], 3 * vertex);
          colours.set([shade, 0.95 * shade, 0.86 * shade], 3 * vertex++);
        }
      }
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(points, 3));
    geometry.setAttribute("color", new THREE.BufferAttribute(colours, 3));
    geometry.setIndex(new THREE.BufferAttribute(index, 1));
    const material = new THREE.MeshStandardMaterial({ vertexColors: true, flatShading: true, roughness: 1 });
    const mesh = new THREE.Mesh(geometry, material);
    mesh.receiveShadow = true;
    return mesh;
  }

  body({ vertices, faces, colours }) {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(Float32Array.from(vertices), 3));
    geometry.setAttribute("color", new THREE.BufferAttribute(Float32Array.from(colours, (value) => value / 255), 3));
    geometry.setIndex(faces);
    geometry.computeVertexNormals();
    const mesh = new THREE.Mesh(geometry, new THREE.MeshStandardMaterial({ vertexColors: true, roughness: 0.6 }));
    mesh.castShadow = true;
    return mesh;
  }

  listen() {
    const canvas = this.renderer.domElement, view = this.view;
    canvas.addEventListener("pointermove", (event) => {
      if (!(event.buttons & 1)) return;
      view.azimuth -= 0.006 * event.movementX;
      view.elevation = Math.min(Math.max(view.elevation + 0.006 * event.movementY, 0.05), 1.5);
    });
    canvas.addEventListener("wheel", (event) => {
      view.distance = Math.min(Math.max(view.distance * Math.exp(0.001 * event.deltaY), 0.8), 12);
    });
    const resize = () => {
      this.renderer.setSize(innerWidth, innerHeight);
      this.camera.aspect = innerWidth / innerHeight;
      this.camera.updateProjectionMatrix();
    };
    addEventListener("resize", resize);
    resize();
  }

  draw() {
    const { data, bodies } = this.robot, { azimuth, elevation, distance } = this.view;
    bodies.forEach(({ id }, row) => {
      this.bodies[row].position.set(...data.xpos.slice(3 * id, 3 * id + 3));
      const [w, x, y, z] = data.xquat.slice(4 * id, 4 * id + 4);
      this.bodies[row].quaternion.set(x, y, z, w);
    });
    const base = new THREE.Vector3(...data.qpos.slice(0, 3));
    this.aim.lerp(base, this.aim.distanceTo(base) > 1 ? 1 : 0.15);
    const flat = distance * Math.cos(elevation);
    const offset = new THREE.Vector3(flat * Math.cos(azimuth), flat * Math.sin(azimuth), distance * Math.sin(elevation));
    this.camera.position.copy(this.aim).add(offset);
    this.camera.lookAt(this.aim);
    this.sun.target.position.copy(this.aim);
    this.sun.position.copy(this.aim).add(new THREE.Vector3(-1.5, 1.2, 4));
    this.renderer.render(this.scene, this.camera);
  }
}

// -- who steers ------------------------------------------------------------------------------------------------------
function listenToSteering(limits) {
  const steered = window.steered;
  const bound = (value, axis) => Math.min(Math.max(value, limits[axis][0]), limits[axis][1]);
  steered.take = ({ axes, key }) => {
    if (axes) steered.command = axes.map((share, axis) => share * (share > 0 ? limits[axis][1] : -limits[axis][0]));
    if (key === " ") steered.command = [0, 0, 0];
    else if (KEYS[key]) {
      const [axis, direction] = KEYS[key];
      steered.command = steered.command.map((value, at) => (at === axis ? bound(value + direction * STEP, at) : value));
    }
  };
}

async function main() {
  const robot = new Robot(await load());
  const stage = new Stage(robot);
  listenToSteering(robot.world.limits);
  window.robot = robot; // for the curious
  const dt = 1000 * robot.world.control_dt;
  let due = performance.now();
  const turn = async () => {
    const now = performance.now();
    due = Math.max(due, now - 5 * dt); // a slow machine does not catch up
    for (; due <= now; due += dt) await robot.step(window.steered.command);
    stage.draw();
    const [vx, vy] = robot.data.qvel;
    told.textContent =
      `${robot.world.title}\nMuJoCo ${robot.mujoco.mj_versionString()}, no server\n` +
      `${robot.time.toFixed(1)} s, ${robot.falls} falls, ${Math.hypot(vx, vy).toFixed(2)} m/s`;
    requestAnimationFrame(turn);
  };
  await turn();
}

main().catch((error) => {
  told.textContent = `this browser cannot run it: ${error.message ?? error}`;
});
