"""The picture of an evaluation."""

from legged_gym.evaluation import plot


def drawn(monkeypatch, summary):
    """The axes that `plot_summary` draws."""
    figures = []
    monkeypatch.setattr(plot, "write_picture", lambda path, figure, dpi: figures.append(figure))
    about = {"task": "go2_sight", "sim": "mujoco", "episodes": 4, "fall_rate": 0.25}
    plot.plot_summary(about | summary, "out.png")
    return figures[0].axes[0]


def test_no_type_hides_another_however_alike_their_success_is(monkeypatch):
    types = [f"type_{number}" for number in range(16)]
    axes = drawn(
        monkeypatch, {"success": {kind: [1.0, 0.5, None] for kind in types}, "size": {"type_3": [0.1, 0.25, 0.4]}}
    )
    cells = {(int(text.get_position()[0]), int(text.get_position()[1])): text.get_text() for text in axes.texts}
    assert [label.get_text() for label in axes.get_yticklabels()] == [kind.replace("_", " ") for kind in types]
    assert len(cells) == 2 * 16  # a level that was not run is empty
    assert (cells[0, 0], cells[1, 0]) == ("100", "50")
    assert (cells[0, 3], cells[1, 3]) == ("100\n0.10", "50\n0.25")


def test_a_flat_task_has_its_errors_drawn(monkeypatch):
    axes = drawn(monkeypatch, {"lin_vel_x_error": 0.1, "lin_vel_y_error": 0.2, "ang_vel_error": 0.3})
    assert [bar.get_height() for bar in axes.patches] == [0.1, 0.2, 0.3]
