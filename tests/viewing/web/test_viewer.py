"""The viewer's process with a browser that has no screen: what it shows, and what the user's wishes become."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("viser")
pytest.importorskip("mjviser")

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from legged_gym.viewing.web import viewer as module
from legged_gym.viewing.web.messages import Event, Frame, Ground, Kind, Notice, Policies, Scene
from legged_gym.viewing.web.page import Page
from legged_gym.viewing.web.panel import facts
from legged_gym.viewing.web.viewer import WebViewer
from tests.viewing.web.browser import Browser

JOINTS = [f"{leg}_{joint}_joint" for leg in ("FL", "FR", "RL", "RR") for joint in ("hip", "thigh", "calf")]
SCENE = Scene(
    title="a title",
    robot=Path(LEGGED_GYM_ROOT_DIR, "resources/robots/go2/urdf/go2.urdf"),
    joint_names=JOINTS,
    ground=Ground.plane(),
    num_robots=4,
    rewards=["tracking", "torques"],
    feet=["FL", "FR", "RL", "RR"],
    limits=[[-1.0, 1.0]] * 3,
    restarts=True,
    places=["stairs_up", "slope_up"],
    levels=5,
    checkpoints=["model_2.pt", "model_1.pt"],
    wishes=["stand", "walk"],
)


def make_frame(x=0.0):
    pose = np.array([x, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0])
    return Frame(
        time=x, robots=np.array([2, 0]), roots=np.stack([pose, pose + [1, 0, 0, 0, 0, 0, 0]]),
        joints=np.tile([0.0, 0.8, -1.5], (2, 4)), command=np.array([0.5, 0.0, 0.1]), velocity=np.zeros(3),
        feet=np.zeros((4, 3)), forces=np.tile([0.0, 0.0, 40.0], (4, 1)), samples=np.zeros((5, 3)),
        beliefs=np.zeros((8, 3)), gates=np.array([0.1, 0.2, 0.3, 0.4]), depth=np.zeros((6, 8, 3), np.uint8),
        rewards=np.array([1.5, -0.25]), facts=[("terrain", "stairs_up, level 3")],
    )  # fmt: skip


@pytest.fixture(scope="module")
def viewer():
    viewer = WebViewer(SCENE, Address())
    yield viewer
    viewer.close()


@pytest.fixture
def browser(viewer):
    browser = Browser(viewer.url)
    yield browser
    browser.close()
    list(viewer.poll())


def asked(viewer, count=1, seconds=300.0):
    """The next events."""
    events, end = [], time.monotonic() + seconds
    while len(events) < count and time.monotonic() < end:
        events += viewer.poll()
        time.sleep(0.02)
    return events


def offer(viewer, frame, seconds=300.0):
    """Show a frame as soon as one is wanted."""
    end = time.monotonic() + seconds
    while not viewer.wants_frame and time.monotonic() < end:
        list(viewer.poll())
        time.sleep(0.02)
    assert viewer.wants_frame
    viewer.offer(lambda: frame)


def test_nobody_looks_so_no_frame_is_made(viewer):
    time.sleep(0.3)
    assert list(viewer.poll()) == [] and not viewer.wants_frame
    viewer.offer(lambda: pytest.fail("made for nobody"))


def test_a_browser_gets_the_page_the_robots_and_what_is_to_be_read(viewer, browser):
    assert '<script src="/steering.js">' in browser.page
    offer(viewer, make_frame())
    offer(viewer, make_frame(1.0))
    names = {message.get("name") for message in browser.messages}
    assert {"/world/robots/base", "/world/robots/FL_calf", "/world/command", "/world/samples"} <= names
    text = browser.wait_for(
        lambda self: next((m for m in map(str, list(self.messages)) if "stairs_up, level 3" in m), None)
    )
    assert "+0.50 +0.00 m/s +0.10 rad/s" in text and "gate RR" in text
    assert browser.wait_for(lambda self: next((m for m in map(str, list(self.messages)) if "-0.25" in m), None))


def test_one_frame_at_a_time(viewer, browser):
    offer(viewer, make_frame())
    assert not viewer.wants_frame  # until it is drawn
    offer(viewer, make_frame(1.0))


def test_what_the_user_sets_becomes_events(viewer, browser):
    browser.set("pause", True)
    assert asked(viewer) == [Event(Kind.PAUSE, True)]
    browser.set("one step", True)
    assert asked(viewer) == [Event(Kind.STEP)]
    browser.set("pause", False)
    assert asked(viewer) == [Event(Kind.PAUSE, False)]
    browser.set("one step", True)  # pauses first
    assert asked(viewer, 2) == [Event(Kind.PAUSE, True), Event(Kind.STEP)]
    browser.set("speed", "1/4")
    assert asked(viewer) == [Event(Kind.SPEED, 0.25)]
    browser.set("robot", 3)
    assert asked(viewer) == [Event(Kind.ROBOT, 3)]
    browser.set("terrain", "slope_up")
    browser.set("level", 4)
    browser.set("go there", True)
    assert asked(viewer) == [Event(Kind.PLACE, ("slope_up", 4))]
    browser.set("policy", "model_1.pt")
    assert asked(viewer) == [Event(Kind.CHECKPOINT, "model_1.pt")]
    browser.set("new episode", True)
    browser.set("end", True)
    assert asked(viewer, 2) == [Event(Kind.RESTART), Event(Kind.END)]


def test_steering_reaches_the_program_and_ends_with_the_browser(viewer, browser):
    browser.steer({"wish": "walk"}, {"wish": "fly"}, {"axes": [0.5, 0.0, -1.0]})
    halt, told = Event(Kind.STEER, [0.0, 0.0, 0.0]), []
    while halt not in told:
        told += [event for event in asked(viewer) if event not in told]  # what holds is told again and again
    assert told == [Event(Kind.WISH, "walk"), Event(Kind.STEER, [0.5, 0.0, -1.0]), halt]


def test_notices_and_new_policies_are_told(viewer, browser):
    for x in range(2):  # the first may have been asked for by an earlier browser
        offer(viewer, make_frame(float(x)))
    viewer.tell(Notice("it does not fit", is_error=True))
    viewer.tell(Policies(["model_3.pt", "model_2.pt"]))
    for text in ("it does not fit", "model_3.pt"):
        assert browser.wait_for(
            lambda self, text=text: next((m for m in map(str, list(self.messages)) if text in m), None)
        )
    time.sleep(0.2)
    assert list(viewer.poll()) == []  # what the program has set is no wish of the user's


def test_a_viewer_that_dies_is_noticed_and_does_no_harm():
    viewer = WebViewer(SCENE, Address())
    viewer._process.kill()
    viewer._process.wait()
    viewer.tell(Notice("is there anybody?"))
    assert list(viewer.poll()) == [] and not viewer.is_open
    viewer.offer(lambda: pytest.fail("made for nobody"))
    viewer.close()


def test_a_token_is_in_the_address_where_others_could_come():
    viewer = WebViewer(SCENE, Address("0.0.0.0"))
    assert "/?token=" in viewer.url
    browser = Browser(viewer.url)  # with the cookie
    browser.part("pause")
    browser.close()
    with pytest.raises(OSError, match="403"):
        Browser(viewer.url.partition("?")[0])
    viewer.close()


def test_an_address_of_another_computer_is_refused():
    with pytest.raises(UserError, match=r"the viewer does not start: cannot listen on 192\.0\.2\.1 port 8090: Cannot"):
        WebViewer(SCENE, Address("192.0.2.1"))


def test_missing_packages_are_told_with_their_command(monkeypatch):
    monkeypatch.setattr(module, "PACKAGES", ("no_such_viser", "mujoco"))
    with pytest.raises(UserError, match=r"^--viewer web needs no_such_viser: pip install -e '\.\[web\]'$"):
        WebViewer(SCENE, Address())


def test_drawing_is_done_by_the_thread_of_the_event_loop():
    page = Page(SCENE, Address(), lambda *_: None)
    threads = []
    page._stage.draw = page._panel.read = lambda frame: threads.append(threading.get_ident())
    page.draw(make_frame())
    page._server.get_event_loop().call_soon_threadsafe(lambda: threads.append(threading.get_ident()))
    while len(threads) < 3:
        time.sleep(0.01)
    assert len(set(threads)) == 1 and threads[0] != threading.get_ident()
    page._stage.draw = lambda frame: {}["no such"]
    with pytest.raises(KeyError, match="no such"):
        page.draw(make_frame())
    page._server.stop()


def test_what_is_not_measured_is_not_told():
    frame = replace(make_frame(), velocity=np.array([np.nan, np.nan, 0.25]))
    assert "? ? m/s +0.25 rad/s" in facts(frame, SCENE)


def test_a_robot_without_a_place_stands_on_the_ground_and_a_map_takes_the_planes_place():
    page = Page(SCENE, Address(), lambda *_: None)
    page.draw(replace(make_frame(), on_ground=True))
    foot = page._stage._bodies[page._stage._robots.names.index("FL_foot")]
    assert foot.batched_positions[0, 2] == pytest.approx(0.02, abs=0.003)
    assert page._stage._plane is not None
    heights = np.full((4, 5), 0.5)
    heights[0, 0] = np.nan
    page.draw(replace(make_frame(), ground=Ground(heights, 0.1, (1.0, 2.0), is_plane=False)))
    mesh = page._stage._meshes["light"]
    assert page._stage._plane is None and np.isfinite(mesh.vertices).all()
    assert len(mesh.faces) == 2 * 3 * 4 - 2  # the two triangles of the corner that nobody knows are left out
    assert mesh.vertices[mesh.faces].reshape(-1, 3).max(axis=0) == pytest.approx([1.3, 2.4, 0.5])
    page._server.stop()
