"""Success against size, seeing and blind."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from legged_gym.utils.outputs import write_picture
from studies.sight.grounds import LIMITS, SIZES
from studies.sight.judgement import Row

COLUMNS = 4
NAME = "success_by_size.png"


def draw(rows: Sequence[Row], folder: Path) -> Path:
    """Draw the mean and the worst training of each task over the sizes of each type, and what is to be reached.

    Returns:
        The picture, in the folder, which is made if there is none.
    """
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    lines = -(-len(SIZES) // COLUMNS)
    figure = Figure(figsize=(2.6 * COLUMNS, 2.4 * lines), layout="constrained")
    places = figure.subplots(lines, COLUMNS, sharey=True).flat
    for (kind, sizes), axes in zip(SIZES.items(), places, strict=False):
        axes.plot(sizes, [100 * limit for limit in LIMITS], "_", color="black", markersize=14, label="to reach")
        for task in tasks:
            here = [row for row in rows if (row["task"], row["terrain"]) == (task, kind)]
            x = [row["size"] for row in here]
            mean, worst = ([100 * value for value in values] for values in (
                [row["mean"] for row in here], [row["worst"]["value"] for row in here],
            ))  # fmt: skip
            below = [middle - least for middle, least in zip(mean, worst, strict=True)]
            axes.errorbar(x, mean, yerr=[below, [0.0] * len(x)], marker="o", capsize=3, label=task)
        axes.margins(x=0.2)
        axes.set(title=kind.replace("_", " "), ylim=(-4, 104), xticks=sizes)
        if sizes[1] < sizes[0]:
            axes.invert_xaxis()
        axes.grid(alpha=0.3)
    for axes in places:
        axes.axis("off")
    first = figure.axes[0]
    first.legend(fontsize="small")
    figure.supxlabel("size, m: easier to harder")
    figure.supylabel("success, %: mean, down to the worst training")
    folder.mkdir(parents=True, exist_ok=True)
    write_picture(folder / NAME, figure, dpi=120)
    return folder / NAME
