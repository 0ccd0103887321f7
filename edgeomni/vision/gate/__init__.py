"""The gate: which frames of a live source are worth a look by the vision model.

``change`` decides, by the grids of luma that ``grid`` makes of frames. None of it knows sources,
threads or clocks: frames and their times are handed in.
"""
