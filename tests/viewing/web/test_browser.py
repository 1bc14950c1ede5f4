"""The viewer in a real browser: headless Chromium, where there is one and playwright to drive it."""

import shutil
import threading
import time

import pytest

playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("viser")
pytest.importorskip("mjviser")

from legged_gym.utils.address import Address  # noqa: E402 - after what is optional
from legged_gym.viewing.web.messages import Kind  # noqa: E402
from legged_gym.viewing.web.viewer import WebViewer  # noqa: E402
from tests.viewing.web.test_viewer import SCENE, make_frame  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
"""The first for root; the others draw without a GPU."""
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")]
TIMEOUT = 120_000


class Program:
    """Offers frames as a program does, and keeps what is asked for."""

    def __init__(self):
        self.viewer, self.events = WebViewer(SCENE, Address("0.0.0.0")), []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        steps = 0
        while not self._over.is_set():
            steps += 1
            self.events += self.viewer.poll()
            self.viewer.offer(lambda steps=steps: make_frame(0.02 * steps))
            time.sleep(0.02)

    def wait_for(self, event, seconds=300.0):
        end = time.monotonic() + seconds
        while event not in self.events and time.monotonic() < end:
            time.sleep(0.05)
        assert event in self.events

    def close(self):
        self._over.set()
        self._thread.join()
        self.viewer.close()


@pytest.fixture(scope="module")
def program():
    program = Program()
    yield program
    program.close()


@pytest.fixture(scope="module")
def page(program):
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 640, "height": 480})
        page.set_default_timeout(TIMEOUT)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(program.viewer.url)
        yield page
        browser.close()


def test_what_a_user_sees_and_does(page, program):
    assert "token" not in page.url  # it is a cookie by now
    page.get_by_text("stairs_up, level 3").wait_for()
    page.locator("#steering .value", has_text="rad/s").wait_for()
    page.get_by_role("tab", name="Rewards").click()
    page.get_by_text("torques").first.wait_for()
    page.get_by_role("tab", name="Run").click()
    page.get_by_role("button", name="one step").click()
    program.wait_for((Kind.PAUSE, True))
    program.wait_for((Kind.STEP, None))
    assert not page.faults


def test_keys_and_mouse_steer(page, program):
    page.locator("#steering .value", has_text="rad/s").wait_for()
    page.keyboard.press("w")
    program.wait_for((Kind.STEER, [0.1, 0.0, 0.0]))
    box = page.locator("#steering .pad").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] - box["height"])  # all the way forward
    program.wait_for((Kind.STEER, [1.0, 0.0, 0.0]))
    page.mouse.up()
    program.wait_for((Kind.STEER, [0.0, 0.0, 0.0]))


def test_a_gamepad_steers_and_asks(page, program):
    program.events.clear()
    page.evaluate(
        """() => {
            const buttons = Array.from({ length: 17 }, () => ({ pressed: false }));
            const pad = { connected: true, axes: [0, -1, -0.5, 0], buttons };
            navigator.getGamepads = () => [null, pad];
            window.pad = pad;
        }"""
    )
    program.wait_for((Kind.STEER, [1.0, 0.0, 0.5]))
    page.evaluate("() => { pad.axes = [0, 0.05, 0, 0]; pad.buttons[9].pressed = true; }")
    program.wait_for((Kind.STEER, [0.0, 0.0, 0.0]))
    program.wait_for((Kind.WISH, "walk"))
    assert program.events.count((Kind.WISH, "walk")) == 1


def test_the_page_of_a_stranger_gets_nothing(page, program):
    bare = page.context.browser.new_context().new_page()
    response = bare.goto(program.viewer.url.partition("?")[0])
    assert response.status == 403 and "token" in bare.content()
