import NIOCore
import Wire

/// Puts the line framer into a channel.
final class LineDecoder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = LineFramer.Output

  private var framer = LineFramer()

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    for output in framer.push(buffer.readableBytesView) { context.fireChannelRead(wrapInboundOut(output)) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The client has said all it will say and still waits for the answers.
    if let channelEvent = event as? ChannelEvent, channelEvent == .inputClosed {
      for output in framer.finish() { context.fireChannelRead(wrapInboundOut(output)) }
    }
    context.fireUserInboundEventTriggered(event)
  }
}
