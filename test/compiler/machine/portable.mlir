// Where the target has no instruction a remark says so, once for each function and size, with the features that would bring one.
// DEFINE: %{lower} = tern-opt -ternary-lower-dot -ternary-lower-lookup --remarks-filter=.* --remark-format=emitRemark -o /dev/null
// RUN: split-file %s %t
// RUN: sed 's/TRIPLE/x86_64-linux-gnu/;s/CPU/x86-64/;s/FEATURES/"+sse2"/' %t/body.mlir | %{lower} 2>&1 | FileCheck %s --implicit-check-not=portable
// CHECK: remark: [Missed] portable | {{.*}}"f: 2 ternary.dot of 16 bytes become plain arithmetic: x86-64 has no instruction for them; one comes with avx512vnni and avx512vl, or avxvnni, or ssse3"
// CHECK: remark: [Missed] portable | {{.*}}"g: 1 ternary.dot of 16 bytes
// CHECK: remark: [Missed] portable | {{.*}}"g: 1 ternary.table_lookup of 16 indices into 16 entries of 8 bits become plain arithmetic: x86-64 has no instruction for them; one comes with ssse3"

// Another architecture's features are no news.
// RUN: sed 's/TRIPLE/aarch64-linux-gnu/;s/CPU/neoverse-n1/;s/FEATURES/"+neon"/' %t/body.mlir | %{lower} 2>&1 | FileCheck %s --check-prefix=ARM --implicit-check-not=portable
// ARM: remark: [Missed] portable | {{.*}}"f: 2 ternary.dot of 16 bytes become plain arithmetic: neoverse-n1 has no instruction for them; one comes with i8mm"
// ARM: remark: [Missed] portable | {{.*}}"g: 1 ternary.dot

// With the features there is nothing to say.
// RUN: sed 's/TRIPLE/x86_64-linux-gnu/;s/CPU/x86-64-v3/;s/FEATURES/"+avx2", "+ssse3"/' %t/body.mlir | %{lower} 2>&1 | FileCheck %s --check-prefix=NONE --allow-empty
// NONE-NOT: portable

//--- body.mlir
module attributes {llvm.target = #llvm.target<triple = "TRIPLE", chip = "CPU", features = <[FEATURES]>>} {
  func.func @f(%acc: vector<4xi32>, %u: vector<16xi8>, %s: vector<16xi8>) -> vector<4xi32> {
    %d = ternary.dot %acc, %u, %s : vector<4xi32>, vector<16xi8>
    %e = ternary.dot %d, %u, %s : vector<4xi32>, vector<16xi8>
    return %e : vector<4xi32>
  }
  func.func @g(%acc: vector<4xi32>, %t: vector<16xi8>, %i: vector<16xi8>) -> vector<4xi32> {
    %v = ternary.table_lookup %t, %i : vector<16xi8>, vector<16xi8>
    %d = ternary.dot %acc, %v, %i : vector<4xi32>, vector<16xi8>
    return %d : vector<4xi32>
  }
}
