"""Changes of training clips, by which a few voices stand for many; never of clips that measure."""

from tinykd.augment.chain import augment_audio
from tinykd.augment.mixup import mixup
from tinykd.augment.room import room_bank
from tinykd.augment.spectrogram import mask_spectrograms

__all__ = ["augment_audio", "mask_spectrograms", "mixup", "room_bank"]
