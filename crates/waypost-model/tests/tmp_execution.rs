#[path = "../../../tests/it/execution.rs"] mod execution;
