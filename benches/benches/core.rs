//! decide + apply, in memory, one thread: the lifecycle mix on a book that has 10^4 and 10^5 orders.
#![allow(missing_docs, reason = "criterion's macros")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark stops at what it doesn't expect"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tuanzhang_benches::{Step, lifecycle};
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::{Head, Record, RulesVersion};

fn run(book: &mut Book, steps: &[Step]) {
    for step in steps {
        let Decision::Accepted(events) = decide(book, step.at, None, step.actor, &step.command)
        else {
            panic!("{step:?}");
        };
        let (at, actor) = (step.at, step.actor);
        let position = book.position().next();
        let head = Head { position, at, occurred_at: None, actor, rules: RulesVersion::CURRENT };
        apply(book, &Record { head, events }).expect("what was decided applies");
    }
}

fn decide_and_apply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide_and_apply");
    for orders in [10_000_u64, 100_000] {
        let mut steps = lifecycle(orders.saturating_add(2_000));
        let mut book = Book::default();
        let before = usize::try_from(orders.saturating_mul(5)).expect("fits");
        run(&mut book, &steps.by_ref().take(before).collect::<Vec<_>>());
        let steps: Vec<Step> = steps.take(10_000).collect();
        group.throughput(Throughput::Elements(10_000));
        group.sample_size(10);
        group.bench_function(format!("{orders} orders"), |bencher| {
            bencher.iter_batched_ref(
                || book.clone(),
                |book| run(book, &steps),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, decide_and_apply);
criterion_main!(benches);
