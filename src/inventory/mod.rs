//! What is known of the fleet: the fold of host messages, rates, rows and totals.
