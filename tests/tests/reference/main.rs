//! Tests of the reference itself: cases worked by hand from the text of the domain, and how far random histories
//! reach.

mod coverage;
mod facts;
mod income;
mod people;
mod rules;
mod story;
