import numpy as np

from tests.training.books import FEATURES, a_book
from training.folds import FOLDS, Folded, assign


def _loans(rows: int = 1500, seed: int = 5) -> Folded:
    from features.build import columns_from_frame

    book = a_book(rows)
    label = book.label.to_numpy()
    return Folded(columns_from_frame(book.frame, FEATURES), label, FEATURES, assign(label, seed), seed)


def test_every_loan_is_held_out_once_and_never_learned_from_at_the_same_time():
    loans = _loans()
    held = np.concatenate([loans.apart(number)[1] for number in range(FOLDS)])
    assert sorted(held) == list(range(1500))
    for number in range(FOLDS):
        rest, mine = loans.apart(number)
        assert not set(rest) & set(mine)


def test_every_fold_has_the_same_share_of_bads_in_every_half_of_the_time():
    loans = _loans()
    for half in (slice(0, 750), slice(750, 1500)):
        rates = [loans.label[half][loans.fold[half] == number].mean() for number in range(FOLDS)]
        assert max(rates) - min(rates) < 0.02


def test_folds_hang_on_the_seed_and_on_nothing_else():
    label = _loans().label
    assert (assign(label, 5) == assign(label, 5)).all()
    assert (assign(label, 5) != assign(label, 6)).any()


def test_a_sample_keeps_each_loan_in_its_fold_and_the_share_of_bads():
    loans = _loans()
    small = loans.sample(500)
    assert len(small.label) == 500
    assert abs(small.label.mean() - loans.label.mean()) < 0.002
    days = np.flatnonzero(np.isin(loans.columns["dti_before"], small.columns["dti_before"]))
    assert len(days) >= 500
    assert loans.sample(10_000) is loans
