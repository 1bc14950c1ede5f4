"""A viewer without a process."""


class StubViewer:
    """Keeps what it is given; events are put in by the test."""

    def __init__(self, scene, address):
        self.scene, self.events, self.frames, self.told = scene, [], [], []
        self.is_open = self.wants_frame = True

    def poll(self):
        taken, self.events = self.events, []
        yield from taken

    def offer(self, make):
        if self.wants_frame:
            self.frames.append(make())

    def tell(self, message):
        self.told.append(message)

    def close(self):
        self.is_open = False
