// RUN: tern-opt %s -ternary-tile-lut -canonicalize -cse | FileCheck %s

// 513 columns in stretches of 252 = 28 tiles of 3 groups: 84 lookups of |sum| <= 384 fit 16 bits.
// CHECK-LABEL: func.func @words
func.func @words(%codes: memref<1x513xi8>, %sum: memref<1xi32>, %w: memref<14592xi8>, %out: memref<1x128xi32>, %begin: index, %size: index, %tokens: index) {
  // CHECK: %[[TABLES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2688xi16>
  // Sums of all stretches add up in the output, which begins at 0.
  // CHECK: scf.for
  // CHECK: scf.for
  // CHECK: vector.store %{{.*}}, %arg3
  // CHECK: scf.for %[[FIRST:.*]] =
  // CHECK: %[[LAST:.*]] = arith.minui
  // CHECK: scf.for
  // CHECK: %[[CODES:.*]] = vector.load %arg0{{.*}} : memref<1x513xi8>, vector<3xi8>
  // CHECK: %[[TABLE:.*]] = ternary.table_build %[[CODES]] <trits, group = 3, full, words> : vector<3xi8> -> vector<32xi16>
  // CHECK: vector.store %[[TABLE]], %[[TABLES]]
  // CHECK: scf.for %{{.*}} = %arg4
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[LAST]] {{.*}} iter_args
  // CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<32xi16>, vector<32xi16>, vector<32xi16>, vector<32xi16>)
  // CHECK: memref.prefetch
  // CHECK: vector.load %arg2{{.*}} : memref<14592xi8>, vector<64xi8>
  // CHECK: vector.load %[[TABLES]]
  // CHECK: ternary.table_lookup {{.*}} : vector<32xi16>, vector<32xi16>
  // CHECK: arith.addi
  // Pairs of sums, and the odd ones of them; even ones are what is left.
  // CHECK: %[[PAIRS:.*]] = vector.bitcast {{.*}} : vector<32xi16> to vector<16xi32>
  // CHECK: arith.shrui %[[PAIRS]]
  // CHECK: arith.ceildivui
  // CHECK: vector.interleave {{.*}} : vector<16xi32> -> vector<32xi32>
  // CHECK: vector.load %arg3
  // CHECK: vector.store %{{.*}}, %arg3
  // CHECK-NOT: ternary.gemm
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <lut3, 128 by 9>
    kernel lut<prefetch = 1024, width = 64, stretch = 252> : memref<1x513xi8>, memref<1xi32>, memref<14592xi8>, memref<1x128xi32>
  return
}

// All columns are one stretch: nothing is added to the output.
// CHECK-LABEL: func.func @mirrored
func.func @mirrored(%codes: memref<2x48xi8>, %sum: memref<2xi32>, %w: memref<320xi8>, %out: memref<2x32xi32>, %begin: index, %size: index, %tokens: index) {
  // Two tokens, 16 groups, 16 lows and 16 highs.
  // CHECK: memref.alloca() {alignment = 64 : i64} : memref<1024xi8>
  // CHECK-COUNT-2: ternary.table_build {{.*}} <trits, group = 3, mirrored, halves>
  // CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>)
  // CHECK: vector.load %arg2{{.*}} : memref<320xi8>, vector<32xi8>
  // CHECK: %[[SIGNS:.*]] = vector.load %arg2{{.*}} : memref<320xi8>, vector<32xi8>
  // CHECK: arith.andi %[[SIGNS]]
  // CHECK: %[[NEGATIVE:.*]] = arith.cmpi ne
  // CHECK: %[[ENTRY:.*]] = ternary.table_lookup {{.*}} : vector<16xi8>, vector<32xi8>
  // CHECK: %[[MINUS:.*]] = arith.subi %{{.*}}, %[[ENTRY]]
  // CHECK: arith.select %[[NEGATIVE]], %[[MINUS]], %[[ENTRY]]
  // CHECK: vector.interleave {{.*}} : vector<16xi16> -> vector<32xi16>
  // CHECK: arith.muli {{.*}} : vector<32xi32>
  // CHECK-NOT: vector.load %arg3
  // CHECK: vector.store %{{.*}}, %arg3
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <tl2, 32 by 24>
    kernel lut<tokens = 2, width = 32> : memref<2x48xi8>, memref<2xi32>, memref<320xi8>, memref<2x32xi32>
  return
}

// Products of other strategies stay.
// CHECK-LABEL: func.func @dot
// CHECK: ternary.gemm
func.func @dot(%codes: memref<1x256xi8>, %sum: memref<1xi32>, %w: memref<256xi8>, %out: memref<1x4xi32>, %begin: index, %size: index, %tokens: index) {
  ternary.gemm ins(%codes, %sum, %w) outs(%out) rows %begin size %size tokens %tokens layout <codes2, 4 by 256>
    kernel rows : memref<1x256xi8>, memref<1xi32>, memref<256xi8>, memref<1x4xi32>
  return
}
