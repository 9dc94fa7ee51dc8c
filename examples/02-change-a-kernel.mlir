// Lesson 2's schedule: a transform-dialect script that ternc runs on the output of phase tiled (ternc --transform).
// It takes two tiles of weights in each turn of the innermost loop of every kernel.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    // The loop over tiles is the one around the dot products.
    %dots = transform.structured.match ops{["ternary.dot"]} in %module : (!transform.any_op) -> !transform.any_op
    %loops = transform.get_parent_op %dots {op_name = "scf.for", deduplicate} : (!transform.any_op) -> !transform.any_op
    transform.loop.unroll %loops {factor = 2} : !transform.any_op
    transform.yield
  }
}
