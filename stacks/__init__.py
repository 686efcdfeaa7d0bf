"""What is provisioned: CDK constructs and stacks; runs at synth only."""
