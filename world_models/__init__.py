"""What happens next: encode, predict, decode, cost; and the planners that search it."""
