//! How well pages are read: recognition held against what is known to stand on them.
//!
//! A folder of images with their truth beside them ([`truth`]) goes through the same confined
//! worker as an intake; [`score`] counts wrong characters and fields; [`run`] measures an engine
//! with its steps, its processor time and memory; [`table`] and [`plot`] show it.
//!
//! This crate judges nothing for the archive: no decision follows from what it measures.

pub mod plot;
pub mod run;
pub mod score;
pub mod table;
pub mod truth;
