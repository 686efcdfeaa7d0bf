"""What is provisioned: CDK constructs and stacks; runs at synth only."""

from stacks.node import select_node

# Every module of this package may import the CDK, and jsii looks for Node.js while it is being imported.
select_node()
