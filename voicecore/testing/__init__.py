"""What tests of call flows need: virtual time, fakes, simulated networks. Shipped: users test as well."""
