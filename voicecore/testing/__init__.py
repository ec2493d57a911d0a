"""What tests of call flows need: virtual time, fakes, simulated networks. Shipped, since users test as well."""
