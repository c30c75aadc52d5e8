"""The factory terrains as drawings: which clip lies on which line of the plane [-1, 1] x [-1, 1].

Used by terrains.py. Lines start with a clip's attack; neighbours are related, so that moving along a line plays a
sound and moving across lines morphs it. Y grows upwards.
"""

import math
from dataclasses import dataclass
from typing import Callable

import torch

HOPS_PER_SECOND = 44100 / 1024
Shape = Callable[[torch.Tensor], torch.Tensor]  # [n] in 0..1 -> [n, 2]


def line(x0, y0, x1, y1) -> Shape:
    return lambda t: torch.stack([x0 + (x1 - x0) * t, y0 + (y1 - y0) * t], 1)


def arc(radius, start, end, wobble=0.0) -> Shape:
    """Around the middle; angles in turns, clockwise from the top."""

    def shape(t):
        angle = 2 * math.pi * (start + (end - start) * t)
        r = radius + wobble * torch.sin(math.pi * t)
        return torch.stack([r * torch.sin(angle), r * torch.cos(angle)], 1)

    return shape


def spiral(r0, r1, start, end) -> Shape:
    def shape(t):
        angle, r = 2 * math.pi * (start + (end - start) * t), r0 + (r1 - r0) * t
        return torch.stack([r * torch.sin(angle), r * torch.cos(angle)], 1)

    return shape


def bezier(*points) -> Shape:
    """Cubic, through the first and the last of four points."""
    p = torch.tensor(points, dtype=torch.float32)

    def shape(t):
        s = 1 - t
        return torch.stack([s**3, 3 * s * s * t, 3 * s * t * t, t**3], 1) @ p

    return shape


@dataclass(frozen=True)
class Laid:
    """A clip, or several at once («a+b»), on a line. seconds: how much of it at most.

    Without `stretch` the whole line stands for `seconds`, and a shorter clip ends before the line does.
    """

    clip: str
    shape: Shape
    seconds: float
    stretch: bool = True


@dataclass(frozen=True)
class Design:
    id: str
    name: str
    description: str
    laid: Callable[[Callable], list[Laid]]
    scale: float  # deviation of the Fourier frequencies, cycles per unit: ruggedness; 0 = plain network
    blend: float = 0.1  # width over which neighbouring lines melt into each other
    fill: float = 0.5  # weight of the land between the lines
    blur: float = 0.01  # width of a line
    squeeze: float = 0.3  # share of the level differences within a clip (in dB) that is taken away

    def lay(self, latents_of):
        """Positions [n, 2] and latents [n, 8] of all points of all lines."""
        positions, latents = [], []
        for item in self.laid(latents_of):
            z = latents_of(item.clip, item.seconds, self.squeeze)
            length = len(z) if item.stretch else max(len(z), round(item.seconds * HOPS_PER_SECOND))
            positions.append(item.shape(torch.arange(len(z)) / max(1, length - 1)))
            latents.append(z)
        return torch.cat(positions), torch.cat(latents)


def ring(clips, radius, seconds):
    """Clips of equal length around the middle, clockwise from the top."""
    n = len(clips)
    return [Laid(c, arc(radius, i / n, (i + 0.96) / n), seconds, stretch=False) for i, c in enumerate(clips)]


def row(clips, y, seconds):
    """Clips of equal length from left to right."""
    n = len(clips)
    at = lambda i: -1 + 2 * i / n
    return [Laid(c, line(at(i), y, at(i + 0.95), y), seconds, stretch=False) for i, c in enumerate(clips)]


def rows(clips, seconds, bend=0.0):
    """One above the other, the first at the bottom, each from the left to the right edge; S-shaped by `bend`."""
    height = lambda i: -0.9 + 1.8 * i / (len(clips) - 1)
    wave = lambda y: bezier((-0.97, y), (-0.35, y + bend), (0.35, y - bend), (0.97, y))
    return [Laid(c, wave(height(i)), seconds) for i, c in enumerate(clips)]


def carousel(_):
    """Four rings in step, eight beats around: chords inside, notes, the groove, drums at the rim."""
    chords = ["loop_drone_g_97", "bass_voxy_c", "guit_em9", "ambi_soft_buzz"]
    notes = ["bass_woodsy_c", "guit_harmonics", "guit_em9", "bass_thick_c",
             "bass_trance_c", "elec_bell", "guit_e_fifths", "guit_harmonics"]  # fmt: skip
    groove = ["bd_haus+bass_woodsy_c", "drum_cymbal_closed+guit_harmonics", "elec_hi_snare+guit_em9",
              "drum_cymbal_pedal+bass_thick_c", "bd_haus+bass_trance_c", "bd_haus+elec_bell",
              "elec_hi_snare+guit_e_fifths", "drum_cymbal_closed+guit_harmonics"]  # fmt: skip
    drums = ["bd_haus", "drum_cymbal_closed", "drum_cymbal_pedal", "drum_cymbal_closed",
             "elec_hi_snare", "drum_cymbal_closed", "elec_wood", "bd_fat",
             "bd_haus", "drum_cymbal_closed", "bd_haus", "drum_cowbell",
             "elec_hi_snare", "drum_cymbal_closed", "drum_snare_soft", "drum_cymbal_open"]  # fmt: skip
    return ring(chords, 0.15, 1.0) + ring(notes, 0.4, 0.5) + ring(groove, 0.68, 0.5) + ring(drums, 1.0, 0.25)


def kit(_):
    return rows(["bd_boom", "bd_haus", "drum_tom_lo_hard", "drum_tom_mid_hard", "drum_tom_hi_hard", "elec_lo_snare",
                 "drum_snare_hard", "sn_dolf", "drum_cowbell", "drum_cymbal_open", "drum_splash_hard"], 0.6, 0.15)  # fmt: skip


def tabla(_):
    """Five cycles of eight strokes, one above the other: deep below, bright above."""
    cycles = [
        "ghe2 ghe5 ghe3 ghe6 ghe7 ghe1 ghe8 ghe4",
        "ghe7 na_o ghe3 tun1 ghe2 na ghe6 tas1",
        "tun1 ghe5 tas3 tun2 na_o ghe4 tun3 ke3",
        "tun2 tas1 na_o tas2 tun3 tas3 na tun1",
        "na_o te1 na te_ne tas3 na_s tas2 dhec",
    ]
    return [laid for i, c in enumerate(cycles) for laid in row(["tabla_" + s for s in c.split()], -0.84 + 0.42 * i, 0.25)]


def strings(_):
    return rows(["guit_e_slide", "guit_e_fifths", "guit_em9", "guit_harmonics", "elec_bell", "elec_chime"], 2.0, 0.5)


def undertow(_):
    return rows(["bass_woodsy_c", "bass_drop_c", "bass_thick_c", "bass_trance_c", "bass_hard_c", "bass_dnb_f",
                 "bass_voxy_c"], 1.5, -0.4)  # fmt: skip


def fog(_):
    """Slow textures that drift around the four corners and through the middle."""
    return [
        Laid("ambi_drone", bezier((-1, -1), (-0.4, -1), (-0.2, -0.4), (-0.8, -0.1)), 3.0),
        Laid("ambi_glass_hum", bezier((-1, 1), (-0.9, 0.4), (-0.3, 0.3), (-0.2, 0.9)), 3.0),
        Laid("ambi_choir", bezier((1, 1), (0.4, 1), (0.3, 0.5), (0.8, 0.2)), 1.5),
        Laid("ambi_haunted_hum", bezier((1, -1), (1, -0.3), (0.4, -0.3), (0.2, -0.9)), 3.0),
        Laid("loop_drone_g_97", bezier((-0.5, 0.2), (0.0, 0.5), (0.0, -0.5), (0.5, -0.1)), 3.0),
    ]


def breaks(_):
    return rows(["loop_industrial", "loop_amen", "loop_breakbeat", "loop_garzul", "loop_mika", "loop_safari",
                 "loop_mehackit2"], 1.8)  # fmt: skip


def machines(_):
    """One long spiral through glitches, telephones, robots and turntables."""
    clips = ["vinyl_scratch", "glitch_bass_g", "glitch_perc1", "glitch_robot1", "glitch_robot2", "mehackit_robot4",
             "mehackit_robot5", "mehackit_robot6", "mehackit_phone1", "vinyl_backspin", "vinyl_rewind", "loop_electric",
             "mehackit_robot3", "loop_3d_printer"]  # fmt: skip
    turns, n = 3.4, len(clips)
    at = lambda k: math.sqrt(k / n)  # equal length for each clip, roughly
    return [
        Laid(c, spiral(0.08 + 1.05 * at(i), 0.08 + 1.05 * at(i + 0.95), turns * at(i), turns * at(i + 0.95)), 1.1)
        for i, c in enumerate(clips)
    ]


ATLAS_SIDE = 9
ATLAS = """ambi_choir ambi_dark_woosh ambi_drone ambi_glass_hum ambi_glass_rub ambi_haunted_hum ambi_piano ambi_sauna
ambi_swoosh bass_dnb_f bass_drop_c bass_hard_c bass_hit_c bass_thick_c bass_trance_c bass_voxy_c bass_woodsy_c bd_808
bd_boom bd_fat bd_gas bd_haus bd_klub bd_pure bd_tek bd_zome drum_bass_hard drum_cowbell drum_cymbal_open drum_roll
drum_snare_hard drum_splash_hard drum_tom_hi_hard drum_tom_lo_hard drum_tom_mid_hard elec_beep elec_bell elec_blup
elec_chime elec_cymbal elec_filt_snare elec_fuzz_tom elec_hollow_kick elec_lo_snare elec_snare elec_twang
glitch_bass_g glitch_perc1 glitch_robot1 glitch_robot2 guit_e_fifths guit_em9 guit_harmonics loop_3d_printer
loop_amen loop_breakbeat loop_compus loop_drone_g_97 loop_garzul loop_industrial loop_mika loop_safari loop_tabla
mehackit_phone1 mehackit_robot4 mehackit_robot5 mehackit_robot6 misc_burp misc_cineboom misc_crow perc_bell2 perc_snap2
perc_till sn_dolf sn_dub tabla_ghe2 tabla_ghe5 tabla_na_o tabla_tun1 vinyl_backspin vinyl_scratch""".split()


def atlas(latents_of):
    """81 clips on a grid, alike beside alike: rows by the first latent axis of their means, in each row by the second."""
    assert len(ATLAS) == ATLAS_SIDE**2
    mean = {c: latents_of(c, 0.4).mean(0) for c in ATLAS}
    by_first = sorted(ATLAS, key=lambda c: float(mean[c][0]))
    placed, cell = [], 2 / ATLAS_SIDE
    for row in range(ATLAS_SIDE):
        members = sorted(by_first[row * ATLAS_SIDE : (row + 1) * ATLAS_SIDE], key=lambda c: float(mean[c][1]))
        for column, clip in enumerate(members):
            x, y = -1 + cell * column, -1 + cell * (row + 0.5)
            placed.append(Laid(clip, line(x + 0.08 * cell, y, x + 0.92 * cell, y), 0.4))
    return placed


DEFAULT = "carousel"
DESIGNS = [
    Design("carousel", "Carousel", "Four rings in step: chords, notes, a groove, drums. Circle clockwise, lean in or out.",
           carousel, scale=0.8, blend=0.06, squeeze=0.1),
    Design("kit", "Kit", "Drums in rows, kick at the bottom, cymbals on top: each sweep to the right is a hit.",
           kit, scale=0.5, blend=0.08, squeeze=0.2),
    Design("tabla", "Tabla", "Five cycles of tabla strokes, deep ones below: sweep to the right for a rhythm.",
           tabla, scale=0.9, blend=0.06, squeeze=0.2),
    Design("strings", "Strings", "Guitars and bells in long waves, low to high.",
           strings, scale=0.4, blend=0.12),
    Design("undertow", "Undertow", "Seven basses, the woody one at the bottom, the voice on top.",
           undertow, scale=0.3, blend=0.14),
    Design("fog", "Fog", "Smooth: drones, choir and glass that melt into each other.",
           fog, scale=0.0, blend=0.25, fill=1.0),
    Design("breaks", "Breaks", "Steep: seven grooves in rows, two bars wide; sweep steadily to the right.",
           breaks, scale=0.9, blend=0.05, fill=0.3, blur=0.006, squeeze=0.2),
    Design("machines", "Machines", "One spiral through scratches, robots, telephones and printers.",
           machines, scale=0.7, blend=0.07),
    Design("atlas", "Atlas", "Rugged: eighty-one sounds on a grid, alike beside alike.",
           atlas, scale=1.0, blend=0.04, blur=0.006),
]  # fmt: skip
