// Steering by mouse, keys and gamepad; beside viser's own page, whose socket it does not use.
(() => {
  "use strict";
  const PERIOD = 50; // ms between two signs of life
  const DEAD_ZONE = 0.08;
  const KEYS = { w: "w", s: "s", a: "a", d: "d", q: "q", e: "e", " ": " ", arrowup: "w", arrowdown: "s", arrowleft: "q", arrowright: "e", pageup: "a", pagedown: "d", home: " " };
  const CHORDS = [["stop", [6, 1]], ["sit", [6, 13]], ["stand", [6, 12]], ["walk", [9]]]; // LT+B, LT+down, LT+up, start
  const WISHES = { 1: "stand", 2: "walk", 3: "sit", escape: "stop" };
  let wishes = [];
  let socket = null, padTouched = false, gamepadActive = false, asked = null;

  const send = (message) => {
    if (window.steered) window.steered.take(message);
    else if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  // -- what is drawn ----------------------------------------------------------------------------------------------
  const style = document.createElement("style");
  style.textContent = `
    #steering { position: fixed; left: 16px; bottom: 16px; z-index: 50; width: 196px; padding: 10px 12px 8px;
      border-radius: 10px; background: rgba(255,255,255,.86); box-shadow: 0 1px 6px rgba(0,0,0,.25);
      font: 12px/1.35 system-ui, sans-serif; color: #333; user-select: none; touch-action: none; }
    #steering .pad { position: relative; width: 144px; height: 144px; margin: 0 auto; border-radius: 50%;
      background: #eef1f4; border: 1px solid #cdd4db; cursor: grab; touch-action: none; }
    #steering .pad::before, #steering .pad::after { content: ""; position: absolute; background: #d5dbe1; }
    #steering .pad::before { left: 50%; top: 8px; bottom: 8px; width: 1px; }
    #steering .pad::after { top: 50%; left: 8px; right: 8px; height: 1px; }
    #steering .bar { position: relative; height: 22px; margin: 8px 0 4px; border-radius: 11px; background: #eef1f4;
      border: 1px solid #cdd4db; cursor: grab; touch-action: none; }
    #steering .knob { position: absolute; width: 34px; height: 34px; margin: -17px 0 0 -17px; left: 50%; top: 50%;
      border-radius: 50%; background: #2f9e63; box-shadow: 0 1px 3px rgba(0,0,0,.4); z-index: 1; }
    #steering .bar .knob { width: 20px; height: 20px; margin: -10px 0 0 -10px; }
    #steering .value { text-align: center; font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
    #steering .help { text-align: center; color: #777; font-size: 11px; }
    #steering.gone .knob { background: #b5423a; }`;
  const box = document.createElement("div");
  box.id = "steering";
  box.innerHTML = `<div class="pad" title="drag: go and turn"><div class="knob"></div></div>
    <div class="bar" title="drag: step aside"><div class="knob"></div></div>
    <div class="value"></div><div class="help">drag · WASD, QE, space · gamepad</div>`;
  const [pad, bar, value] = [".pad", ".bar", ".value"].map((name) => box.querySelector(name));
  const axes = [0, 0, 0]; // forward, left, to the left about

  const place = (field, x, y) => {
    const knob = field.querySelector(".knob");
    knob.style.left = `${50 + 42 * x}%`;
    knob.style.top = `${50 + 42 * y}%`;
  };
  const draggable = (field, move) => {
    const at = (event) => {
      const r = field.getBoundingClientRect();
      let x = (event.clientX - r.left - r.width / 2) / (0.42 * r.width);
      let y = (event.clientY - r.top - r.height / 2) / (0.42 * r.height);
      const far = Math.max(1, field === pad ? Math.hypot(x, y) : Math.abs(x));
      move(x / far, y / far);
      padTouched = true;
      send({ axes });
    };
    field.addEventListener("pointerdown", (event) => {
      field.setPointerCapture(event.pointerId);
      at(event);
      event.preventDefault();
    });
    field.addEventListener("pointermove", (event) => field.hasPointerCapture(event.pointerId) && at(event));
    const release = () => {
      move(0, 0);
      padTouched = false;
      send({ axes });
    };
    field.addEventListener("pointerup", release);
    field.addEventListener("pointercancel", release);
  };
  draggable(pad, (x, y) => { [axes[0], axes[2]] = [-y, -x]; place(pad, x, y); });
  draggable(bar, (x) => { axes[1] = -x; place(bar, x, 0); });

  // -- keys: viser moves its camera by some of them, which here are for the robot ----------------------------------
  const isTyping = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
  window.addEventListener("keydown", (event) => {
    const pressed = event.key.toLowerCase();
    const key = KEYS[pressed];
    const wish = wishes.includes(WISHES[pressed]) ? WISHES[pressed] : null;
    const free = wish === "stop" || !(event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target));
    if ((!key && !wish) || !free) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(wish ? { wish } : { key });
  }, true);

  // -- gamepad: left stick goes, right stick turns -----------------------------------------------------------------
  const live = (axis) => (Math.abs(axis) > DEAD_ZONE ? axis : 0);
  const readGamepad = () => {
    const found = [...navigator.getGamepads()].find((one) => one && one.connected && one.axes.length >= 4);
    const sticks = found ? [-live(found.axes[1]), -live(found.axes[0]), -live(found.axes[2])] : [0, 0, 0];
    const active = sticks.some((axis) => axis !== 0);
    if ((active || gamepadActive) && !padTouched) send({ axes: sticks });
    gamepadActive = active;
    const down = (button) => found && found.buttons[button] && found.buttons[button].pressed;
    const chord = CHORDS.find(([, buttons]) => buttons.every(down));
    const wish = chord ? chord[0] : null;
    if (wish && wish !== asked) send({ wish });
    asked = wish;
  };
  window.addEventListener("blur", () => { if (padTouched) { pad.dispatchEvent(new Event("pointercancel")); bar.dispatchEvent(new Event("pointercancel")); } });

  // -- the way to the robot: a server's, or that of this very page --------------------------------------------------
  const show = ([vx, vy, yaw]) => {
    value.textContent = `${vx.toFixed(2)}, ${vy.toFixed(2)} m/s, ${yaw.toFixed(2)} rad/s`;
  };
  const connect = () => {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/steer`);
    socket.onmessage = (event) => {
      const told = JSON.parse(event.data);
      wishes = told.wishes;
      box.classList.remove("gone");
      show(told.command);
    };
    socket.onclose = () => {
      box.classList.add("gone");
      value.textContent = "not connected";
      setTimeout(connect, 1000);
    };
  };
  const start = () => {
    document.head.append(style);
    document.body.append(box);
    window.steered ? setInterval(() => show(window.steered.command), PERIOD) : connect();
    setInterval(() => { send(padTouched ? { axes } : {}); readGamepad(); }, PERIOD);
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
