"""Value iteration networks: the published table again, and networks trained at 16 x 16 on larger maps."""
