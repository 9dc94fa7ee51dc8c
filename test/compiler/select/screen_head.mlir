// RUN: tern-opt %s -split-input-file -decoder-screen-head=mode=screened | FileCheck %s
// RUN: tern-opt %s -split-input-file -decoder-screen-head | FileCheck %s --check-prefix=AUTO
// RUN: tern-opt %s -split-input-file -decoder-screen-head=mode=full | FileCheck %s --check-prefix=FULL
// RUN: tern-opt %s -split-input-file -decoder-screen-head --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// REMARK: remark: [Passed] head | {{.*}}"output head head: 512 x 200: every row in bf16, 0.2 MB a token, by cost model; against codes 0.1 MB"
// REMARK: remark: [Passed] head | {{.*}}"output head head: 32000 x 2048: screened, 33.2 MB a token and what is left of the rows, by cost model; against bf16 131.1 MB"

// Codes are declared behind the other weights; functions read each plane of them, and the rows that they leave, from where the caller has them.
// CHECK: decoder.tensor @head
// CHECK-NEXT: decoder.row_codes @head.codes of @head
// CHECK-LABEL: func.func @tern_logits(
// CHECK-LABEL: func.func @tern_screen_coarse(%{{.*}}: tensor<2x256xi8> {step.port = #step.port<"hidden_codes", fixed>}, %{{.*}}: tensor<512xi32>
// CHECK-SAME: {step.port = #step.port<"rows", listed>}) -> (tensor<512x2xi32> {step.port = #step.port<"sums", listed>})
// CHECK-NEXT: decoder.screen %{{.*}}, %{{.*}}, @head.codes plane 0 vector 64
// CHECK-LABEL: func.func @tern_screen_fine(
// CHECK-NEXT: decoder.screen %{{.*}}, %{{.*}}, @head.codes plane 1 vector 64
// CHECK-LABEL: func.func @tern_logits_rows(%{{.*}}: tensor<1x200xf32> {step.port = #step.port<"hidden", rows>}, %{{.*}}: tensor<512xi32>
// CHECK-SAME: {step.port = #step.port<"rows", listed>}, %{{.*}}: tensor<512x200xbf16> {step.port = #step.port<"matrix", weights>})
// CHECK-SAME: -> (tensor<512x1xf32> {step.port = #step.port<"logits", listed>}) attributes {step.export = "logits_rows"}
// CHECK-NEXT: decoder.linear_rows %{{.*}}, %{{.*}} of %{{.*}}, @head
// AUTO-NOT: decoder.row_codes
// FULL-NOT: decoder.row_codes
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "znver4", features = <["+avx2", "+avx512vnni"]>>} {
  decoder.tensor @head : tensor<512x200xbf16> from "head"
  func.func @tern_logits(%h: tensor<1x200xf32>) -> tensor<1x512xf32> attributes {step.export = "logits"} {
    %y = decoder.linear %h, @head : tensor<1x200xf32> -> tensor<1x512xf32>
    return %y : tensor<1x512xf32>
  }
}

// -----

// A large one pays; the vector and the cache that rows are fetched into are the target's.
// AUTO: decoder.row_codes @head.codes of @head
// AUTO: decoder.screen {{.*}} vector 32 :
// FULL-NOT: decoder.row_codes
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "haswell", features = <["+avx2"]>>} {
  decoder.tensor @head : tensor<32000x2048xbf16> from "head"
  func.func @tern_logits(%h: tensor<1x2048xf32>) -> tensor<1x32000xf32> attributes {step.export = "logits"} {
    %y = decoder.linear %h, @head : tensor<1x2048xf32> -> tensor<1x32000xf32>
    return %y : tensor<1x32000xf32>
  }
}

// -----

// AUTO: decoder.screen {{.*}} vector 64 {fetch_level = 1 : i64}
module attributes {llvm.target = #llvm.target<triple = "x86_64-unknown-linux-gnu", chip = "znver5", features = <["+avx2", "+avx512vnni"]>>} {
  decoder.tensor @head : tensor<32000x2048xbf16> from "head"
  func.func @tern_logits(%h: tensor<1x2048xf32>) -> tensor<1x32000xf32> attributes {step.export = "logits"} {
    %y = decoder.linear %h, @head : tensor<1x2048xf32> -> tensor<1x32000xf32>
    return %y : tensor<1x32000xf32>
  }
}
