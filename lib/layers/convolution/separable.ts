/**
 * Two special cases of Conv2d: depthwise (separate filters for each channel) and 1×1 (a linear layer at every pixel). One
 * after the other they are a separable convolution. Sifre, 2014; Lin et al., 2014.
 */
import { Conv2d, type Conv2dLayerOptions } from "./conv2d.js";

export const derivation = String.raw`
### Depthwise and 1×1 convolution

In a convolution of $C$ channels to $F$ maps with $K\times K$ filters every map looks at every channel: $F\,C\,K^2$ weights. In a *depthwise* convolution
the channels are $C$ groups, and a map looks at one of them:

$$u_{n,c,i,j} = \sum_{k,l} w_{ckl}\;x_{n,\,c,\,i+k,\,j+l} \tag{1}$$

with $C K^2$ weights. In a *1×1* convolution a map looks at all channels of one pixel, as a linear layer with the weights shared by all pixels:

$$y_{n,f,i,j} = b_f + \sum_c v_{fc}\;u_{n,c,i,j} \tag{2}$$

with $F\,C$ weights. (1) mixes places and (2) mixes channels; together they have $C\,(K^2+F)$ weights instead of $F\,C\,K^2$, for $K=3$ and many maps about a
ninth. What they cannot do is look for a pattern in space that differs from channel to channel in a way of its own for each map.

**Backward** is that of the convolution with $C$ groups, and with a filter of one tap.
`;

/** What `depthwiseConv2d` is made of: channels, the filters' size, and how many filters each channel has. */
export interface DepthwiseOptions extends Omit<Conv2dLayerOptions, "in" | "out" | "groups"> {
  /** Channels in. */
  channels: number;
  /** Filters for each channel; 1. */
  multiplier?: number;
}

/** A convolution of each channel separately: Conv2d with as many groups as channels. */
export function depthwiseConv2d({ channels, multiplier = 1, ...options }: DepthwiseOptions): Conv2d {
  return new Conv2d({ ...options, in: channels, out: channels * multiplier, groups: channels }); // (1)
}

/** A convolution of each pixel separately: Conv2d with filters of 1×1. */
export function pointwiseConv2d(options: Omit<Conv2dLayerOptions, "size">): Conv2d {
  return new Conv2d({ ...options, size: 1 }); // (2)
}
