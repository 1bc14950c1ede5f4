"""Keys and sticks of those who may steer, in a line each."""

HELP = {
    "remote": "L2+up stand, start walk, L2+down sit, L2+B stop; left stick to go, right stick to turn",
    "gamepad": "LT+up stand, start walk, LT+down sit, LT+B stop; left stick to go, right stick to turn",
    "viewer": "stand, walk, sit, stop in the browser, or 1, 2, 3, Esc; pad, W/S A/D Q/E, space or a gamepad to steer",
    "keyboard": "1 stand, 2 walk, 3 sit, Enter or Esc stop; W/S go, A/D aside, Q/E turn, or arrows; space halts",
}
