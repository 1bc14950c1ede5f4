"""What `export_page.py` does once its flags are read."""

import argparse
import logging
from pathlib import Path

from legged_gym.viewing.web.viewer import require_web

logger = logging.getLogger(__name__)


def export_page(args: argparse.Namespace) -> None:
    """Write the page, and tell how to see it."""
    require_web("export_page.py")
    from legged_gym.deploy.web_page import write_page  # needs the extra

    write_page(Path(args.policy), args.terrain, args.out, args.packages)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    how = f"python -m http.server --directory {args.out}"
    logger.info("%s: %.0f MB; any host of files will do, here: %s", args.out, size / 1e6, how)
