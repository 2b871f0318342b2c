"""From an architecture and features to a trained int8 model. TensorFlow lives here.

Importing this package loads no TensorFlow; calling ``keras_model``, ``train`` or
``to_int8_tflite`` does.
"""

from automl_edge.training._tensorflow import failing_plainly, load_tensorflow, thread_limits
from automl_edge.training.augment import Augmentation, usual_augmentation
from automl_edge.training.backbone import BackboneWeights, starting_weights
from automl_edge.training.backbone_file import load_backbone, load_backbones
from automl_edge.training.convert import to_int8_tflite, untrained_tflite
from automl_edge.training.data import TrainingData, Windows
from automl_edge.training.keras_builder import keras_model
from automl_edge.training.qat import qat_settings
from automl_edge.training.quantise import (
    ALLOWED_LOSS,
    Quantised,
    corrected_tflite,
    quantise,
    quantise_plainly,
)
from automl_edge.training.settings import Settings
from automl_edge.training.stepper import Weights
from automl_edge.training.train import Progressed, Trained, float_outputs, train

__all__ = [
    "ALLOWED_LOSS",
    "Augmentation",
    "BackboneWeights",
    "Progressed",
    "Quantised",
    "Settings",
    "Trained",
    "TrainingData",
    "Weights",
    "Windows",
    "corrected_tflite",
    "failing_plainly",
    "float_outputs",
    "keras_model",
    "load_backbone",
    "load_backbones",
    "load_tensorflow",
    "qat_settings",
    "quantise",
    "quantise_plainly",
    "starting_weights",
    "thread_limits",
    "to_int8_tflite",
    "train",
    "untrained_tflite",
    "usual_augmentation",
]
