import pytest

from particlesnn.evaluation.published import IMAGES, MODELS, SETS, image_with, key_of


def test_the_published_figures_agree_with_one_another() -> None:
    """The totals of tables 2 and 3, of the abstract, and the text of section 3.1."""
    assert [sum(getattr(image, name) for image in IMAGES) for name in ("tp", "fp", "fn")] == [539, 41, 156]
    assert [sum(getattr(each, name) for each in IMAGES) for name in ("truth", "predicted", "fitted")] == [695, 580, 414]
    assert round(539 / 580, 2) == 0.93
    assert round(539 / 695, 2) == MODELS[5].recall == 0.78
    assert sum(scans for scans, _ in SETS.values()) == 26
    assert SETS["test", "test"] == (3, 695)
    for image in IMAGES:
        for mean, accuracy in (
            (image.predicted_nm, image.predicted_accuracy),
            (image.fitted_nm, image.fitted_accuracy),
        ):
            assert min(mean, image.truth_nm) / max(mean, image.truth_nm) == pytest.approx(accuracy, abs=0.01)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("x101-3x-precise", "x101-3x-precise"),
        ("X-101-64x4d 1x rough", "x101-1x-rough"),
        ("HRNetV2p-W32_3x_rough.onnx", "hrnet-3x-rough"),
        ("dense", ""),
        ("x101-3x", ""),
        ("x101-3x-rough-precise", ""),
    ],
)
def test_a_network_is_known_by_its_name(name: str, key: str) -> None:
    assert key_of(name) == key


def test_an_image_is_known_by_its_number_of_particles() -> None:
    assert [image_with(number) for number in (377, 146, 172, 376)] == [1, 2, 3, None]
