// Lesson 4's kernel: one token times a 704 x 256 matrix in codes2, for AVX2, in another way than the compiler's (ternc --kernel-library).
//
// AVX2 has no instruction for four products into an int32. The compiler's ternary.dot takes two: products of bytes, summed in pairs to int16
// (pmadd.ub.sw), and those in pairs to int32 (pmadd.wd), plus an addition. But 64 sums of two products fit into int16: a code is at most 2
// and an activation -128 .. 127, so they lie in 64 * 2 * 2 * [-128, 127] = [-32768, 32512]. This kernel adds the int16 of all 256
// columns, and widens once at the end.
func.func private @products_in_16_bits(%codes: memref<1x256xi8>, %sums: memref<1xi32>, %weights: memref<45056xi8>, %out: memref<1x704xi32>,
                                       %begin: index, %size: index, %tokens: index)
    attributes {ternary.kernel = [#ternary.layout<codes2, 64 by 16>, #ternary.lanes<unpack = shift, unroll = 2, width = 32>],
                ternary.shape = array<i64: 704, 256, 1, 256>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %three = arith.constant dense<3> : vector<32xi8>
  %ones = arith.constant dense<1> : vector<16xi16>
  %zero = arith.constant dense<0> : vector<16xi16>
  %end = arith.addi %begin, %size : index
  scf.for %token = %c0 to %tokens step %c1 {
    %sum = memref.load %sums[%token] : memref<1xi32>
    %less = vector.broadcast %sum : i32 to vector<8xi32>
    // A tile is 64 rows by 16 columns, 4 bytes a row; 32 rows at a time are 4 vectors, and each 32-bit lane of those is a row.
    scf.for %row = %begin to %end step %c32 {
      %band = arith.divui %row, %c64 : index
      %inBand = arith.remui %row, %c64 : index
      %bandBytes = arith.muli %c64, %c64 : index // 256 columns in 2 bits each, 64 rows
      %bandAt = arith.muli %band, %bandBytes : index
      %rowAt = arith.muli %inBand, %c4 : index
      %first = arith.addi %bandAt, %rowAt : index
      %all:4 = scf.for %column = %c0 to %c256 step %c16
          iter_args(%s0 = %zero, %s1 = %zero, %s2 = %zero, %s3 = %zero) -> (vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>) {
        %tile = arith.muli %column, %c16 : index
        %at0 = arith.addi %first, %tile : index
        %at1 = arith.addi %at0, %c32 : index
        %at2 = arith.addi %at1, %c32 : index
        %at3 = arith.addi %at2, %c32 : index
        %w0 = vector.load %weights[%at0] : memref<45056xi8>, vector<32xi8>
        %w1 = vector.load %weights[%at1] : memref<45056xi8>, vector<32xi8>
        %w2 = vector.load %weights[%at2] : memref<45056xi8>, vector<32xi8>
        %w3 = vector.load %weights[%at3] : memref<45056xi8>, vector<32xi8>
        // Field f of a byte, bits 2f and 2f + 1, is a weight of columns 4f .. 4f + 3; LLVM unrolls this loop.
        %field:4 = scf.for %f = %c0 to %c4 step %c1
            iter_args(%f0 = %s0, %f1 = %s1, %f2 = %s2, %f3 = %s3) -> (vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>) {
          %columns = arith.muli %f, %c4 : index
          %from = arith.addi %column, %columns : index
          %four = vector.load %codes[%token, %from] : memref<1x256xi8>, vector<4xi8>
          %word = vector.bitcast %four : vector<4xi8> to vector<1xi32>
          %lane = vector.extract %word[0] : i32 from vector<1xi32>
          %lanes = vector.broadcast %lane : i32 to vector<8xi32>
          %a = vector.bitcast %lanes : vector<8xi32> to vector<32xi8>
          %bits = arith.muli %f, %c2 : index
          %shift = arith.index_cast %bits : index to i8
          %shifts = vector.broadcast %shift : i8 to vector<32xi8>
          %x0 = arith.shrui %w0, %shifts : vector<32xi8>
          %x1 = arith.shrui %w1, %shifts : vector<32xi8>
          %x2 = arith.shrui %w2, %shifts : vector<32xi8>
          %x3 = arith.shrui %w3, %shifts : vector<32xi8>
          %u0 = arith.andi %x0, %three : vector<32xi8>
          %u1 = arith.andi %x1, %three : vector<32xi8>
          %u2 = arith.andi %x2, %three : vector<32xi8>
          %u3 = arith.andi %x3, %three : vector<32xi8>
          %p0 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%u0, %a) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
          %p1 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%u1, %a) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
          %p2 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%u2, %a) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
          %p3 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%u3, %a) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
          %n0 = arith.addi %f0, %p0 : vector<16xi16>
          %n1 = arith.addi %f1, %p1 : vector<16xi16>
          %n2 = arith.addi %f2, %p2 : vector<16xi16>
          %n3 = arith.addi %f3, %p3 : vector<16xi16>
          scf.yield %n0, %n1, %n2, %n3 : vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>
        }
        scf.yield %field#0, %field#1, %field#2, %field#3 : vector<16xi16>, vector<16xi16>, vector<16xi16>, vector<16xi16>
      }
      // A weight is its code less 1, so the code sum is taken off.
      %d0 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%all#0, %ones) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
      %d1 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%all#1, %ones) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
      %d2 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%all#2, %ones) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
      %d3 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%all#3, %ones) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
      %y0 = arith.subi %d0, %less : vector<8xi32>
      %y1 = arith.subi %d1, %less : vector<8xi32>
      %y2 = arith.subi %d2, %less : vector<8xi32>
      %y3 = arith.subi %d3, %less : vector<8xi32>
      %c8 = arith.constant 8 : index
      %c24 = arith.constant 24 : index
      %row1 = arith.addi %row, %c8 : index
      %row2 = arith.addi %row, %c16 : index
      %row3 = arith.addi %row, %c24 : index
      vector.store %y0, %out[%token, %row] : memref<1x704xi32>, vector<8xi32>
      vector.store %y1, %out[%token, %row1] : memref<1x704xi32>, vector<8xi32>
      vector.store %y2, %out[%token, %row2] : memref<1x704xi32>, vector<8xi32>
      vector.store %y3, %out[%token, %row3] : memref<1x704xi32>, vector<8xi32>
    }
  }
  return
}
