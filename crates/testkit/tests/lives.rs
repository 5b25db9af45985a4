//! Lives are made of their seed alone, and the model agrees with its own second computation.

use proptest::prelude::*;
use tuanzhang_testkit::life::{Life, lives};
use tuanzhang_testkit::model::Model;

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_model_fed_with_a_life_answers_as_in_that_life_and_its_holdings_add_up(life in lives(400)) {
        let mut model = Model::new();
        for sent in &life {
            let outcome = model.submit(sent.at, sent.occurred_at, sent.actor, &sent.command);
            prop_assert_eq!(outcome, sent.outcome);
        }
        prop_assert_eq!(model.check(), Ok(()));
        prop_assert_eq!(model.balances().values().sum::<i128>(), 0);
    }
}

#[test]
fn the_same_seed_gives_the_same_life() {
    let (one, two): (Vec<_>, Vec<_>) =
        (Life::new(7).take(300).collect(), Life::new(7).take(300).collect());
    assert_eq!(one, two);
}
