//! The kit of the log, over databases of a server with every fault.

use tuanzhang_log::conformance::check_all;

use super::given::offered;
use super::kit::Databases;

#[test]
fn a_database_conforms() {
    if !offered("the conformance kit") {
        return;
    }
    let report = check_all(&Databases::start());
    println!("{report}");
    assert!(report.conforms(), "{report}");
    assert_eq!(report.not_offered().count(), 0);
}
