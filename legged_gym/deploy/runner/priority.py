"""Before all ordinary programs: a runner that waits for a browser is a runner that stops."""

import os

PRIORITY = 10
"""Of Linux's 1 to 99; the kernel's own threads have 50."""


def ask_for_real_time() -> bool:
    """Ask the system to run this thread, and the threads and processes it starts, first (SCHED_FIFO).

    All of a process: a thread that holds Python's interpreter while another program runs would keep the command thread
    waiting, however urgent that is.

    Returns:
        Whether it does; it needs root, CAP_SYS_NICE or an rtprio limit.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        return False
    return True
